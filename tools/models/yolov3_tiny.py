"""YOLOv3-tiny (Redmon and Farhadi, "YOLOv3: An Incremental Improvement", 2018) from its Darknet weights file.

Darknet stores five int32 of header (version, revision, patch, images seen as two words), then for each convolution in
the order of the configuration: biases, with batch normalisation also scales, means and variances, then the weights.
"""

import numpy as np

from network import Network, fold_batch_norm

EPSILON = 1e-6  # Darknet's own
HEAD_CHANNELS = 3 * (5 + 80)


class DarknetWeights:
    def __init__(self, data):
        self.values = np.frombuffer(data, dtype="<f4", offset=5 * 4)
        self.position = 0

    def take(self, *shape):
        count = int(np.prod(shape))
        if self.position + count > self.values.size:
            raise ValueError("the weights file is too short for this network")
        values = self.values[self.position : self.position + count].reshape(shape)
        self.position += count
        return values

    def convolution(self, inputs, outputs, size, batch_normalised):
        bias = self.take(outputs)
        if not batch_normalised:
            return self.take(outputs, inputs, size, size), bias
        scale, mean, variance = self.take(outputs), self.take(outputs), self.take(outputs)
        weight = self.take(outputs, inputs, size, size)
        return fold_batch_norm(weight, None, scale, bias, mean, variance, EPSILON)


def build(data, half=True):
    """The ONNX file's bytes; `half` stores weights as float16, else they stay float32."""
    weights = DarknetWeights(data)
    network = Network("yolov3-tiny", "images", [3, 416, 416], half)

    def convolution(x, name, inputs, outputs, size, activated=True):
        weight, bias = weights.convolution(inputs, outputs, size, batch_normalised=activated)
        border = size // 2
        x = network.conv(x, name, weight, bias, pads=[border] * 4)
        return network.node("LeakyRelu", [x], name + ".leaky", alpha=0.1) if activated else x

    def max_pool(x, name, stride):
        # Darknet pads the stride-1 pool by one row and one column at the end, which keeps the size.
        pads = [0, 0, 0, 0] if stride == 2 else [0, 0, 1, 1]
        return network.node("MaxPool", [x], name, kernel_shape=[2, 2], strides=[stride, stride], pads=pads)

    x, inputs = network.input, 3
    for index, outputs in enumerate([16, 32, 64, 128, 256, 512, 1024]):
        x = convolution(x, f"conv{index + 1}", inputs, outputs, 3)
        if outputs == 256:
            fine = x
        if outputs < 1024:
            x = max_pool(x, f"pool{index + 1}", stride=1 if outputs == 512 else 2)
        inputs = outputs
    trunk = convolution(x, "conv8", 1024, 256, 1)
    coarse = convolution(trunk, "conv9", 256, 512, 3)
    coarse = convolution(coarse, "coarse", 512, HEAD_CHANNELS, 1, activated=False)
    x = convolution(trunk, "conv10", 256, 128, 1)
    scales = network.constant("upsample.scales", np.array([1, 1, 2, 2], dtype=np.float32))
    x = network.node(
        "Resize", [x, "", scales], "upsample", mode="nearest", nearest_mode="floor",
        coordinate_transformation_mode="asymmetric")
    x = network.node("Concat", [x, fine], "concat", axis=1)
    x = convolution(x, "conv11", 128 + 256, 256, 3)
    fine = convolution(x, "fine", 256, HEAD_CHANNELS, 1, activated=False)
    if weights.position != weights.values.size:
        raise ValueError("the weights file is too long for this network")
    network.output(coarse, "coarse", [HEAD_CHANNELS, 13, 13])
    network.output(fine, "fine", [HEAD_CHANNELS, 26, 26])
    return network.serialize()
