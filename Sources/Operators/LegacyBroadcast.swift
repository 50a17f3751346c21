internal import Graph
internal import Tensors

/// Broadcasting of binary operators before opset 7: with attribute `broadcast` set, the second input matches consecutive
/// axes of the first, from `axis` on, or its last axes. The slopes of PRelu match the channels.
struct LegacyBroadcast: Sendable {
    private let axis: Int?

    /// `nil` from opset 7 on, where both inputs broadcast.
    init?(_ node: NodeDescription) throws(GraphError) {
        guard node.opset < 7 else { return nil }
        axis = node.op == "PRelu" ? 1 : try node.int("axis")
    }

    func outputType(_ a: ValueType, _ b: ValueType) -> ValueType { a }

    /// The second input with extents of 1 added behind, so that the usual rule applies.
    func aligned(_ b: Tensor, to shape: Shape, _ node: NodeDescription) throws(GraphError) -> Tensor {
        guard let axis, b.elementCount != 1 else { return b }
        let start = try node.axis(axis, rank: shape.rank)
        guard start + b.shape.rank <= shape.rank else {
            throw node.mismatch("\(b.shape) does not fit \(shape) from axis \(start)")
        }
        let behind = shape.rank - start - b.shape.rank
        return b.reshaped(Shape(b.shape.dimensions + Array(repeating: 1, count: behind)))
    }
}
