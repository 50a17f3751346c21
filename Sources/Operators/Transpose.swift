package import Graph
internal import Tensors

/// ONNX `Transpose`: permutes axes; reverses them without `perm`.
package struct Transpose: Operator {
    package static let opType = "Transpose"
    let node: NodeDescription
    let permutation: [Int]?

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        permutation = try node.ints("perm")
    }

    private func permutation(rank: Int) throws(GraphError) -> [Int] {
        guard let permutation else { return Array((0..<rank).reversed()) }
        guard permutation.count == rank else {
            throw node.mismatch("perm \(permutation) does not fit a value of rank \(rank)")
        }
        return try node.axes(permutation, rank: rank)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let dimensions = data.dimensions else {
            return [ValueType(data.dataType, permutation.map { .unknown(rank: $0.count) })]
        }
        return [ValueType(data.dataType, try permutation(rank: dimensions.count).map { dimensions[$0] })]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let permutation = try permutation(rank: x.shape.rank)
        let shape = Shape(permutation.map { x.shape[$0] })
        let strides = x.shape.strides
        let y = context.output(0, x.dataType, shape)
        StridedCopy(
            extents: shape.dimensions, sourceStrides: permutation.map { strides[$0] }, targetStrides: shape.strides
        )
        .run(x.dataType, from: x, to: y, context)
    }
}
