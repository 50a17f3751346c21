package import Graph
internal import Tensors

/// ONNX `Tile`: repeats a tensor along each axis; before opset 6 along one axis, given with the count as inputs.
package struct Tile: Operator {
    package static let opType = "Tile"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: node.opset < 6 ? 3...3 : 2...2)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let dimensions = data.dimensions else { return [ValueType(data.dataType, nil)] }
        guard node.opset >= 6, let repeats = try node.fact(inputs, 1).integers(node) else {
            return [ValueType(data.dataType, .unknown(rank: dimensions.count))]
        }
        try check(repeats, rank: dimensions.count)
        var result: [Dimension] = []
        for (dimension, count) in zip(dimensions, repeats) {
            if let extent = dimension.fixedExtent {
                result.append(.fixed(try node.product(extent, count)))
            } else {
                result.append(count == 1 ? dimension : .unknown)
            }
        }
        return [ValueType(data.dataType, result)]
    }

    private func check(_ repeats: [Int], rank: Int) throws(GraphError) {
        guard repeats.count == rank, repeats.allSatisfy({ $0 >= 0 }) else {
            throw node.mismatch("repeats \(repeats) for a value of rank \(rank)")
        }
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        var repeats = [Int](repeating: 1, count: x.shape.rank)
        if node.opset < 6 {
            let axis = try node.axis(try node.integer(context.input(2)), rank: x.shape.rank)
            repeats[axis] = try node.integer(context.input(1))
        } else {
            repeats = try node.integers(context.input(1))
        }
        try check(repeats, rank: x.shape.rank)
        var extents: [Int] = []
        for (extent, count) in zip(x.shape.dimensions, repeats) { extents.append(try node.product(extent, count)) }
        let shape = try node.shape(extents)
        let y = context.output(0, x.dataType, shape)
        // Each axis becomes two: the copies, which the source does not move through, and the elements.
        let (from, to) = (x.shape.strides, shape.strides)
        var axes: (extents: [Int], source: [Int], target: [Int]) = ([], [], [])
        for axis in x.shape.dimensions.indices {
            axes.extents += [repeats[axis], x.shape[axis]]
            axes.source += [0, from[axis]]
            axes.target += [x.shape[axis] * to[axis], to[axis]]
        }
        StridedCopy(extents: axes.extents, sourceStrides: axes.source, targetStrides: axes.target)
            .run(x.dataType, from: x, to: y)
    }
}
