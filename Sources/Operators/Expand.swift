package import Graph
internal import Tensors

/// ONNX `Expand`: broadcasts a tensor with a shape.
package struct Expand: Operator {
    package static let opType = "Expand"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0), wanted = try node.fact(inputs, 1)
        var other: [Dimension]?
        if let extents = try wanted.integers(node) {
            other = Array(try node.shape(extents))
        } else if case .fixed(let rank)? = wanted.dimensions?.first, (0...64).contains(rank) {
            other = .unknown(rank: rank)
        }
        return [ValueType(data.dataType, try node.broadcast([data.dimensions, other]))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let wanted = try node.shape(try node.integers(context.input(1)))
        let shape = try node.broadcast(shapes: [x.shape, wanted])
        let y = context.output(0, x.dataType, shape)
        let own = x.shape.strides
        let lead = shape.rank - x.shape.rank
        let strides = shape.dimensions.indices.map { $0 < lead || x.shape[$0 - lead] == 1 ? 0 : own[$0 - lead] }
        StridedCopy(extents: shape.dimensions, sourceStrides: strides, targetStrides: shape.strides)
            .run(x.dataType, from: x, to: y)
    }
}
