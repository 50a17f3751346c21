package import Graph
internal import Tensors

/// ONNX `Gather`: picks slices along `axis` by index; negative indices count from the end.
package struct Gather: Operator {
    package static let opType = "Gather"
    private let node: NodeDescription
    private let axis: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        axis = try node.int("axis") ?? 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        let indices = try node.fact(inputs, 1)
        guard let from = data.dimensions, let picked = indices.dimensions else {
            return [ValueType(data.dataType, nil)]
        }
        let axis = try node.axis(axis, rank: from.count)
        return [ValueType(data.dataType, Array(from[..<axis] + picked + from[(axis + 1)...]))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let indices = context.input(1)
        let axis = try node.axis(axis, rank: x.shape.rank)
        let extents = x.shape.dimensions
        let picks = try node.indices(indices, extent: extents[axis])
        let shape = try node.shape(extents[..<axis] + indices.shape.dimensions + extents[(axis + 1)...])
        let y = context.output(0, x.dataType, shape)
        let bytes = extents[(axis + 1)...].reduce(x.dataType.byteWidth ?? 0, *)
        guard bytes > 0 else { return }
        let outer = extents[..<axis].reduce(1, *)
        var to = y.base
        for block in 0..<outer {
            let from = x.base + block * extents[axis] * bytes
            for pick in picks {
                to.copyMemory(from: from + pick * bytes, byteCount: bytes)
                to += bytes
            }
        }
    }
}

extension NodeDescription {
    /// Indices into an axis, counted from the front.
    ///
    /// - Throws: ``GraphError/mismatch(node:op:detail:)`` when one lies outside the axis.
    func indices(_ tensor: Tensor, extent: Int) throws(GraphError) -> [Int] {
        var result = try integers(tensor)
        for at in result.indices {
            let index = result[at]
            guard index >= -extent, index < extent else { throw mismatch("index \(index) of \(extent) elements") }
            if index < 0 { result[at] = index + extent }
        }
        return result
    }
}
