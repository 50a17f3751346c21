#!/usr/bin/env python3
"""demosaicnet's Bayer network (M. Gharbi et al., Deep joint demosaicking and denoising, SIGGRAPH Asia 2016; MIT) as ONNX.

    demosaicnet.py demosaicnet-0.0.14-py3-none-any.whl models/demosaicnet/network.onnx

`pip download --no-deps demosaicnet==0.0.14` fetches the package. Nothing is trained or changed: the packing convolution is folded
into the first of the fifteen, the residual predictor into the upsampler, both exact up to rounding. Input: `quads` [1, 4, h, w],
the samples of each 2 x 2 of a GRBG mosaic in reading order, 0 black, 1 white, gamma-coded or square roots. Output: `rgb`
[1, 3, 2 h - 62, 2 w - 62]: the picture less 31 pixels on each side. Needs numpy and onnx.
"""
import hashlib
import pathlib
import sys
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "models"))
from torch_file import read_state_dictionary  # noqa: E402

MEMBER = "demosaicnet/data/bayer.pth"
DIGEST = "a90f45c34b89fea3faf49060687839a7d191d302f597a302b31d1bbc021ff7d8"
# Where the samples of a 2 x 2 lie: row, column, channel of the sparse picture that the network takes.
SITES = [(0, 0, 1), (0, 1, 0), (1, 0, 2), (1, 1, 1)]


def build(state):
    nodes, initializers = [], []

    def constant(name, values):
        initializers.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
        return name

    def node(op, inputs, name, **attributes):
        nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def conv(x, name, weight, bias):
        return node("Conv", [x, constant(name + ".weight", weight), constant(name + ".bias", bias)], name,
                    kernel_shape=list(weight.shape[2:]))

    take = {name: values.astype(np.float64) for name, values in state.items()}
    # 3 -> 4 channels, 2 x 2, stride 2, on a picture in which each place has one colour: a matrix on the four samples.
    pack, pack_bias = take["main_processor.pack_mosaic.weight"], take["main_processor.pack_mosaic.bias"]
    packing = np.stack([pack[:, channel, row, column] for row, column, channel in SITES], axis=1)
    x = "quads"
    for index in range(1, 16):
        weight, bias = take[f"main_processor.conv{index}.weight"], take[f"main_processor.conv{index}.bias"]
        if index == 1:
            bias = bias + np.einsum("okij,k->o", weight, pack_bias)
            weight = np.einsum("okij,ks->osij", weight, packing)
        x = node("Relu", [conv(x, f"conv{index}", weight, bias)], f"relu{index}")
    split = "split"
    initializers.append(numpy_helper.from_array(np.array([64, 64], np.int64), split))
    nodes.append(helper.make_node("Split", [x, split], ["filters", "masks"], name="split_features", axis=1))
    x = node("Mul", ["filters", "masks"], "filtered")
    # 64 -> 12 by 1 x 1, then each colour's four channels to its 2 x 2 pixels: channels (colour, row, column).
    predictor, predictor_bias = take["residual_predictor.weight"][:, :, 0, 0], take["residual_predictor.bias"]
    up, up_bias = take["upsampler.weight"], take["upsampler.bias"]
    weight, bias = np.zeros((12, 64)), np.zeros(12)
    for color in range(3):
        for place in range(4):
            kernel = up[4 * color:4 * color + 4, 0, place // 2, place % 2]
            weight[4 * color + place] = kernel @ predictor[4 * color:4 * color + 4]
            bias[4 * color + place] = kernel @ predictor_bias[4 * color:4 * color + 4] + up_bias[color]
    upsampled = conv(x, "upsampled", weight[:, :, None, None], bias)
    # The mosaic as a sparse picture, less the 15 quads that the convolutions took on each side.
    scatter = np.zeros((12, 4, 1, 1))
    for place, (row, column, channel) in enumerate(SITES):
        scatter[4 * channel + 2 * row + column, place] = 1
    for name, values in (("starts", [15, 15]), ("ends", [-15, -15]), ("axes", [2, 3])):
        initializers.append(numpy_helper.from_array(np.array(values, np.int64), name))
    cropped = node("Slice", ["quads", "starts", "ends", "axes"], "cropped")
    sparse = conv(cropped, "sparse", scatter, np.zeros(12))
    packed = node("Concat", [sparse, upsampled], "packed", axis=1)
    x = node("DepthToSpace", [packed], "pixels", blocksize=2, mode="CRD")
    x = conv(x, "post_conv", take["fullres_processor.post_conv.weight"], take["fullres_processor.post_conv.bias"])
    x = node("Relu", [x], "post_relu")
    conv(x, "rgb", take["fullres_processor.output.weight"], take["fullres_processor.output.bias"])
    graph = helper.make_graph(
        nodes, "demosaicnet", [helper.make_tensor_value_info("quads", TensorProto.FLOAT, [1, 4, "h", "w"])],
        [helper.make_tensor_value_info("rgb", TensorProto.FLOAT, [1, 3, "H", "W"])], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="fovea")
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def main():
    package, target = sys.argv[1:]
    with zipfile.ZipFile(package) as archive:
        data = archive.read(MEMBER)
    found = hashlib.sha256(data).hexdigest()
    if found != DIGEST:
        sys.exit(f"{MEMBER}: SHA-256 {found}, expected {DIGEST}")
    made = build(read_state_dictionary(data))
    pathlib.Path(target).write_bytes(made)
    print(target, len(made), hashlib.sha256(made).hexdigest())


main()
