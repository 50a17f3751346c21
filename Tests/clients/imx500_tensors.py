#!/usr/bin/env python3
"""Has others' code read what the emulated IMX500's network says: Google's FlatBuffers runtime the parameters in the lines,
picamera2's own IMX500 class the tensors as libcamera hands them on.

    imx500_tensors.py FOVEA MODELS FOLDER

picamera2 imports libcamera and camera drivers, which no test machine has: empty modules stand in for them.
"""
import importlib
import pathlib
import subprocess
import sys
import sysconfig
import types
from unittest.mock import MagicMock

import flatbuffers.number_types as kinds
import numpy as np
from flatbuffers.table import Table

LINE = 2560


def picamera2_device():
    packages = pathlib.Path(sysconfig.get_paths()["purelib"])
    for name in ("libcamera", "libarchive", "libarchive.read", "videodev2", "Imath", "OpenEXR", "jsonschema", "tqdm",
                 "cv2", "PIL"):
        sys.modules[name] = MagicMock()
    # The packages' own __init__ files would open cameras.
    for name in ("picamera2", "picamera2.devices", "picamera2.devices.imx500"):
        module = types.ModuleType(name)
        module.__path__ = [str(packages.joinpath(*name.split(".")))]
        sys.modules[name] = module
    sys.modules["picamera2"].Picamera2 = sys.modules["picamera2"].CompletedRequest = MagicMock
    camera = importlib.import_module("picamera2.devices.imx500.imx500").IMX500
    device = camera.__new__(camera)
    device.device_fd = None
    return device


def field(table, slot):
    return table.Offset(4 + 2 * slot)


def scalar(table, slot, kind):
    place = field(table, slot)
    return table.Get(kind, table.Pos + place) if place else 0


def children(table, slot):
    place = field(table, slot)
    start = table.Vector(place)
    return [Table(table.Bytes, table.Indirect(start + 4 * i)) for i in range(table.VectorLen(place))]


def outputs_of_lines(lines):
    """The output tensors as libcamera's parser finds them: by the header of the same frame, then line by line."""
    assert len(lines) % LINE == 0
    assert lines[LINE] == 1 and lines[LINE + 8] == 0, "no valid header of the input tensor"
    frame, size = lines[LINE + 1], int.from_bytes(lines[LINE + 4:LINE + 6], "little")
    place = next(
        p for p in range(2 * LINE, len(lines), LINE)
        if lines[p + 1] == frame and lines[p + 8] == 1 and int.from_bytes(lines[p + 4:p + 6], "little") == size)
    parameters = bytes(lines[place + 12:place + 12 + size])
    root = Table(parameters, int.from_bytes(parameters[:4], "little"))
    network = children(root, 0)[0]
    assert scalar(network, 0, kinds.Uint8Flags) == int.from_bytes(lines[place + 6:place + 8], "little")
    place += LINE
    tensors = []
    for tensor in children(network, 3):
        sizes = [scalar(d, 1, kinds.Uint16Flags) for d in children(tensor, 3)]
        order = [scalar(d, 2, kinds.Uint8Flags) for d in children(tensor, 3)]
        assert order == list(range(len(order))) and scalar(tensor, 2, kinds.Uint8Flags) == len(sizes)
        bits = scalar(tensor, 4, kinds.Uint8Flags)
        shift, scale = scalar(tensor, 5, kinds.Uint16Flags), scalar(tensor, 6, kinds.Float32Flags)
        assert scalar(tensor, 7, kinds.Uint8Flags) == 1, "not unsigned"
        count = int(np.prod(sizes)) * bits // 8
        raw = np.frombuffer(lines[place:place + count], "<u2" if bits == 16 else "u1").astype(np.float64)
        tensors.append((((raw - shift) * scale).reshape(sizes, order="F"), scale))
        place += -(-count // LINE) * LINE
    return tensors


def main():
    fovea, models, folder = sys.argv[1:]
    device = picamera2_device()
    for model, bits in (("efficientnet-lite0", 8), ("yolov3-tiny", 16)):
        out = pathlib.Path(folder, model)
        subprocess.run(
            [fovea, "emulate", "--scene", "docs/border-collie.jpg", "--network", model, "--models", models,
             "--network-memory", "100000000", "--output-bits", str(bits), "--window", "network-shape", "--frames", "2",
             "--output", str(out), "--tensors", "--quiet"], check=True, stderr=subprocess.DEVNULL)
        for lines in sorted(out.glob("*.dnn")):
            stem = str(lines)[:-4]
            metadata = {
                "CnnOutputTensor": np.fromfile(stem + ".CnnOutputTensor", "<f4").tolist(),
                "CnnOutputTensorInfo": pathlib.Path(stem + ".CnnOutputTensorInfo").read_bytes(),
            }
            ours = outputs_of_lines(lines.read_bytes())
            theirs = device.get_outputs(metadata)
            assert len(ours) == len(theirs)
            for index, ((on_wire, scale), found) in enumerate(zip(ours, theirs)):
                exact = np.load(f"{stem}.{index}.npy")
                assert found.shape == exact.shape == on_wire.shape, (found.shape, exact.shape, on_wire.shape)
                assert np.abs(found - on_wire).max() <= 1e-5 * max(1, np.abs(on_wire).max()), "picamera2 and the lines differ"
                # The integer nearest to the network's own value.
                assert np.abs(found - exact).max() <= 0.51 * scale + 1e-4, (np.abs(found - exact).max(), scale)
        assert len(list(out.glob("*.dnn"))) == 2
        print(f"picamera2 reads the tensors of {model} at {bits} bits")
    refused = subprocess.run(
        [fovea, "emulate", "--scene", "docs/border-collie.jpg", "--network", "yolov3-tiny", "--models", models, "--frames", "1",
         "--output", folder], capture_output=True, text=True)
    assert refused.returncode != 0 and "does not fit" in refused.stderr and "Conv" in refused.stderr, refused.stderr
    print("a network that does not fit the sensor is refused, with its layers")


if __name__ == "__main__":
    main()
