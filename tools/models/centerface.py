"""CenterFace (Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019) from its published ONNX file.

The file promises ten pictures of 32×32 and lists its weights as inputs. The network is convolutional, so that any multiple of 32 will do:
here the size is SIZE, the batch extent is open, outputs get names, and weights are stored as float16 as network.py does it.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from network import IR_VERSION

SIZE = 640
# The published names; heat map, logarithms of height and width, offsets down and across, points.
NAMES = {"input.1": "images", "537": "heatmap", "538": "sizes", "539": "offsets", "540": "landmarks"}
CHANNELS = {"heatmap": 1, "sizes": 2, "offsets": 2, "landmarks": 10}


def build(data):
    """The ONNX file's bytes."""
    source = onnx.load_from_string(data).graph
    nodes, weights = [], []
    used = {name for node in source.node for name in node.input}
    for tensor in source.initializer:
        if tensor.name not in used:
            continue
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        # Biases and statistics, a few thousand numbers, stay float32.
        if values.ndim < 2 or not np.isfinite(half).all():
            weights.append(tensor)
            continue
        weights.append(numpy_helper.from_array(half, tensor.name + ".f16"))
        nodes.append(helper.make_node("Cast", [tensor.name + ".f16"], [tensor.name], to=TensorProto.FLOAT, name=tensor.name))
    for node in source.node:
        nodes.append(helper.make_node(
            node.op_type, [NAMES.get(name, name) for name in node.input], [NAMES.get(name, name) for name in node.output],
            name=node.output[0], **{a.name: helper.get_attribute_value(a) for a in node.attribute}))
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 3, SIZE, SIZE])]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", channels, SIZE // 4, SIZE // 4])
        for name, channels in CHANNELS.items()
    ]
    graph = helper.make_graph(nodes, "centerface", inputs, outputs, weights)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 9)], ir_version=IR_VERSION, producer_name="fovea")
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)
