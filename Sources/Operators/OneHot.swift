package import Graph
internal import Tensors

/// ONNX `OneHot`: a new axis of extent `depth` that holds the on value at each index and the off value elsewhere. Indices
/// outside −depth…depth−1 give off values only.
package struct OneHot: Operator {
    package static let opType = "OneHot"
    private let node: NodeDescription
    private let axis: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...3)
        self.node = node
        axis = try node.int("axis") ?? -1
    }

    private func depth(_ tensor: Tensor) throws(GraphError) -> Int {
        let depth = try node.number(tensor)
        guard depth >= 1, depth <= Double(NodeDescription.elementLimit) else {
            throw node.mismatch("a depth of \(depth)")
        }
        return Int(depth)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let values = try node.fact(inputs, 2)
        guard var dimensions = try node.fact(inputs, 0).dimensions else { return [ValueType(values.dataType, nil)] }
        let constant = try node.fact(inputs, 1).constant
        let axis = try node.axis(axis, rank: dimensions.count + 1)
        var extent = Dimension.unknown
        if let constant { extent = .fixed(try depth(constant)) }
        dimensions.insert(extent, at: axis)
        return [ValueType(values.dataType, dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let indices = context.input(0), values = context.input(2)
        let depth = try depth(context.input(1))
        guard values.elementCount == 2 else { throw node.mismatch("values of \(values.shape)") }
        var extents = indices.shape.dimensions
        let axis = try node.axis(axis, rank: extents.count + 1)
        let inner = extents[axis...].reduce(1, *)
        extents.insert(depth, at: axis)
        let y = context.output(0, values.dataType, try node.shape(extents))
        let picks = try indices.converted(to: .int64, node: node).array(of: Int64.self)
        visitWidth(values.dataType, Body(picks: picks, depth: depth, inner: inner, values: values, y: y))
    }

    private struct Body: WidthVisitor {
        let picks: [Int64]
        let depth: Int
        let inner: Int
        let values: Tensor
        let y: Tensor

        func visit<T: BitwiseCopyable>(_ type: T.Type) {
            let off = values.pointer(T.self)[0], on = values.pointer(T.self)[1], target = y.pointer(T.self)
            target.update(repeating: off, count: y.elementCount)
            for (place, pick) in picks.enumerated() where pick >= -Int64(depth) && pick < Int64(depth) {
                let index = Int(pick < 0 ? pick + Int64(depth) : pick)
                target[(place / inner * depth + index) * inner + place % inner] = on
            }
        }
    }
}
