package import Graph
internal import Tensors

/// ONNX `Shape`: the extents of a tensor as int64, from `start` to `end`.
package struct ShapeOf: Operator {
    package static let opType = "Shape"
    private let node: NodeDescription
    private let start: Int
    private let end: Int?

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        start = try node.int("start") ?? 0
        end = try node.int("end")
    }

    private func range(rank: Int) -> Range<Int> {
        func clamp(_ axis: Int) -> Int { min(max(axis < 0 ? max(axis, -rank) + rank : axis, 0), rank) }
        let first = clamp(start)
        return first..<max(first, clamp(end ?? rank))
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let rank = try node.fact(inputs, 0).type.rank
        return [ValueType(.int64, [rank.map { .fixed(range(rank: $0).count) } ?? .unknown])]
    }

    package func run(_ context: RunContext) {
        let extents = context.input(0).shape.dimensions
        let range = range(rank: extents.count)
        let y = context.output(0, .int64, [range.count]).pointer(Int64.self)
        for (index, axis) in range.enumerated() { y[index] = Int64(extents[axis]) }
    }
}

/// ONNX `Size`: the number of elements as an int64 scalar.
package struct Size: Operator {
    package static let opType = "Size"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) -> [ValueType] { [ValueType(.int64, [])] }

    package func run(_ context: RunContext) {
        context.output(0, .int64, .scalar).pointer(Int64.self)[0] = Int64(context.input(0).elementCount)
    }
}
