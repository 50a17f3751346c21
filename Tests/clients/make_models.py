"""Makes a folder of small models for the client checks: one that hands each data type through, one with two inputs."""

import pathlib
import shutil
import sys

import onnx
from onnx import TensorProto, helper

TYPES = {
    "BOOL": TensorProto.BOOL, "UINT8": TensorProto.UINT8, "UINT16": TensorProto.UINT16, "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64, "INT8": TensorProto.INT8, "INT16": TensorProto.INT16, "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64, "FP16": TensorProto.FLOAT16, "FP32": TensorProto.FLOAT, "FP64": TensorProto.DOUBLE,
    "BF16": TensorProto.BFLOAT16,
}


def save(folder, name, version, nodes, inputs, outputs):
    graph = helper.make_graph(nodes, name, inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path = folder / name / version / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def value(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def main(folder, shipped):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, kind in TYPES.items():
        save(folder, f"through_{name}", "1", [helper.make_node("Identity", ["IN"], ["OUT"])],
             [value("IN", kind, ["N", "M"])], [value("OUT", kind, ["N", "M"])])
    for version in ("1", "2"):
        # The second version gives the difference the other way round: which one answered shows.
        left, right = ("A", "B") if version == "1" else ("B", "A")
        save(folder, "sum_difference", version,
             [helper.make_node("Add", ["A", "B"], ["SUM"]), helper.make_node("Sub", [left, right], ["DIFFERENCE"])],
             [value(name, TensorProto.FLOAT, ["N", 16]) for name in ("A", "B")],
             [value(name, TensorProto.FLOAT, ["N", 16]) for name in ("SUM", "DIFFERENCE")])
    for model in pathlib.Path(shipped).iterdir():
        if (model / "model.json").exists():
            (folder / model.name).symlink_to(model.resolve())


if __name__ == "__main__":
    main(*sys.argv[1:])
