package import Tensors

/// An attribute of a node (ONNX `AttributeProto`), with strings decoded and tensors in memory.
package enum Attribute: Sendable {
    case int(Int)
    case float(Float)
    case string(String)
    case tensor(Tensor)
    case graph(Graph)
    case ints([Int])
    case floats([Float])
    case strings([String])
}
