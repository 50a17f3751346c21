"""EfficientNet-Lite0 (Tan and Le, "EfficientNet", ICML 2019; Lite: no squeeze-and-excitation, ReLU6) from PyTorch weights.

The weights came from TensorFlow, so convolutions pad "SAME": the odd row or column goes to the bottom and right.
"""

import numpy as np

from network import Network, fold_batch_norm
from torch_file import read_state_dictionary

EPSILON = 1e-3
# Per stage: blocks, kernel, stride of the first block, expansion, output channels.
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]


def build(data, half=True):
    """The ONNX file's bytes; `half` stores weights as float16, else they stay float32."""
    state = read_state_dictionary(data)
    used = set()
    network = Network("efficientnet-lite0", "images", [3, 224, 224], half)

    def take(name):
        used.add(name)
        return state[name]

    def convolution(x, name, source, norm, size, stride=1, depthwise=False, activated=True, extent=1):
        weight, bias = fold_batch_norm(
            take(source + ".weight"), None, take(norm + ".weight"), take(norm + ".bias"),
            take(norm + ".running_mean"), take(norm + ".running_var"), EPSILON)
        used.add(norm + ".num_batches_tracked")
        if weight.shape[2:] != (size, size):
            raise ValueError(f"{source}: kernel {weight.shape[2:]}, expected {size}")
        total = max((-(-extent // stride) - 1) * stride + size - extent, 0)
        before, after = total // 2, total - total // 2
        x = network.conv(
            x, name, weight, bias, stride, [before, before, after, after], weight.shape[0] if depthwise else 1)
        return network.node("Clip", [x, zero, six], name + ".relu6") if activated else x

    zero = network.constant("zero", np.array(0, dtype=np.float32))
    six = network.constant("six", np.array(6, dtype=np.float32))
    extent = 224
    x = convolution(network.input, "stem", "_conv_stem", "_bn0", 3, stride=2, extent=extent)
    extent //= 2
    index = 0
    for repeats, size, first_stride, expansion, channels in STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            source, name, start = f"_blocks.{index}.", f"block{index}", x
            if expansion != 1:
                x = convolution(x, name + ".expand", source + "_expand_conv", source + "_bn0", 1)
            x = convolution(
                x, name + ".depthwise", source + "_depthwise_conv", source + "_bn1", size, stride, True, extent=extent)
            extent //= stride
            x = convolution(x, name + ".project", source + "_project_conv", source + "_bn2", 1, activated=False)
            if repeat > 0:
                x = network.node("Add", [x, start], name + ".add")
            index += 1
    x = convolution(x, "head", "_conv_head", "_bn1", 1)
    x = network.node("GlobalAveragePool", [x], "pool")
    x = network.node("Flatten", [x], "flatten", axis=1)
    w = network.weight("classifier.weight", take("_fc.weight"))
    b = network.constant("classifier.bias", take("_fc.bias"))
    x = network.node("Gemm", [x, w, b], "logits", transB=1)
    if used != set(state):
        raise ValueError(f"weights left over: {sorted(set(state) - used)}")
    network.output(x, "logits", [1000])
    return network.serialize()
