package import Graph
internal import Tensors

/// ONNX `Flatten`: a matrix of the axes before `axis` by those from it on.
package struct Flatten: Operator {
    package static let opType = "Flatten"
    private let node: NodeDescription
    private let axis: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        axis = try node.int("axis") ?? 1
    }

    package var inPlaceInput: Int? { 0 }

    private func axis(rank: Int) throws(GraphError) -> Int {
        axis == rank ? rank : try node.axis(axis, rank: rank)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let dimensions = data.dimensions else { return [ValueType(data.dataType, .unknown(rank: 2))] }
        let axis = try axis(rank: dimensions.count)
        return [ValueType(data.dataType, [product(dimensions[..<axis]), product(dimensions[axis...])])]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let data = context.input(0)
        let axis = try axis(rank: data.shape.rank)
        let extents = data.shape.dimensions
        context.setOutput(
            0, data.reshaped(try node.shape([extents[..<axis].reduce(1, *), extents[axis...].reduce(1, *)])))
    }
}
