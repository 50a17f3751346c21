"""Builds an ONNX graph node by node, with weights stored as float16.

Every weight is an initializer of type float16 followed by a Cast to float32: half the file, and the arithmetic stays
float32. Biases, a few thousand numbers, stay float32. The batch extent of input and outputs is the parameter "N".
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
IR_VERSION = 8


class Network:
    def __init__(self, name, input_name, input_shape, half=True):
        self.name = name
        self.half = half
        self.nodes = []
        self.initializers = []
        self.inputs = [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, ["N", *input_shape])]
        self.outputs = []
        self.input = input_name

    def weight(self, name, values):
        """A float16 initializer and its Cast; returns the name of the float32 value."""
        if not self.half:
            return self.constant(name, values.astype(np.float32))
        half = values.astype(np.float16)
        if not np.isfinite(half).all():
            raise ValueError(f"{name}: a weight is outside float16's range")
        self.initializers.append(numpy_helper.from_array(half, name + ".f16"))
        return self.node("Cast", [name + ".f16"], name, to=TensorProto.FLOAT)

    def constant(self, name, values):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def conv(self, x, name, weight, bias, stride=1, pads=(0, 0, 0, 0), group=1):
        """`weight`: [outputs, inputs / group, height, width]; `pads`: top, left, bottom, right."""
        w = self.weight(name + ".weight", weight)
        b = self.constant(name + ".bias", bias.astype(np.float32))
        return self.node(
            "Conv", [x, w, b], name, kernel_shape=list(weight.shape[2:]), strides=[stride, stride],
            dilations=[1, 1], pads=list(pads), group=group)

    def output(self, value, name, shape):
        self.node("Identity", [value], name) if value != name else None
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape]))

    def serialize(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="fovea")
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)


def fold_batch_norm(weight, bias, scale, shift, mean, variance, epsilon):
    """Folds y = (conv(x) - mean) / sqrt(variance + epsilon) * scale + shift into the convolution, in float64."""
    factor = scale.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    start = 0.0 if bias is None else bias.astype(np.float64)
    folded = weight.astype(np.float64) * factor[:, None, None, None]
    return folded, (start - mean.astype(np.float64)) * factor + shift.astype(np.float64)
