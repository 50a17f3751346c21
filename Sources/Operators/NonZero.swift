package import Graph
internal import Tensors

/// ONNX `NonZero`: the positions of all elements other than zero, one column each, in row-major order.
package struct NonZero: Operator {
    package static let opType = "NonZero"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let rank = try node.fact(inputs, 0).type.rank
        return [ValueType(.int64, [rank.map { .fixed(max($0, 1)) } ?? .unknown, .unknown])]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let truth = try x.converted(to: .bool, node: node).array(of: Bool.self)
        let places = truth.indices.filter { truth[$0] }
        // A scalar counts as one row of one element.
        let shape = x.shape.rank == 0 ? Shape([1]) : x.shape
        let y = context.output(0, .int64, [shape.rank, places.count]).pointer(Int64.self)
        for (axis, stride) in shape.strides.enumerated() {
            for (column, place) in places.enumerated() {
                y[axis * places.count + column] = Int64(place / stride % shape[axis])
            }
        }
    }
}
