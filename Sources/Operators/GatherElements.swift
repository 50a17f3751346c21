package import Graph
internal import Tensors

/// ONNX `GatherElements`: for each element of `indices`, the element of the data at the same place but for `axis`.
package struct GatherElements: Operator {
    package static let opType = "GatherElements"
    private let node: NodeDescription
    private let axis: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        axis = try node.int("axis") ?? 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [ValueType(try node.fact(inputs, 0).dataType, try node.fact(inputs, 1).dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), indices = context.input(1)
        let places = try ElementPlaces(indices, axis: axis, in: x.shape, node)
        let y = context.output(0, x.dataType, indices.shape)
        visitWidth(x.dataType, Body(x: x, y: y, places: places.offsets))
    }

    private struct Body: WidthVisitor {
        let x: Tensor
        let y: Tensor
        let places: [Int]

        func visit<T: BitwiseCopyable>(_ type: T.Type) {
            let source = x.pointer(T.self), target = y.pointer(T.self)
            for (index, place) in places.enumerated() { target[index] = source[place] }
        }
    }
}

/// Where GatherElements reads and ScatterElements writes: for each element of `indices`, an offset into the data.
struct ElementPlaces {
    private(set) var offsets: [Int] = []

    /// - Throws: ``GraphError/mismatch(node:op:detail:)`` when ranks differ, an index lies outside of `axis`, or
    ///   `indices` reach beyond the data along another axis.
    init(_ indices: Tensor, axis: Int, in shape: Shape, _ node: NodeDescription) throws(GraphError) {
        let rank = shape.rank
        guard indices.shape.rank == rank else {
            throw node.mismatch("indices of rank \(indices.shape.rank) for data of rank \(rank)")
        }
        let axis = try node.axis(axis, rank: rank)
        for other in 0..<rank where other != axis && indices.shape[other] > shape[other] {
            throw node.mismatch("indices of \(indices.shape) for data of \(shape)")
        }
        let picks = try node.indices(indices, extent: shape[axis])
        let strides = shape.strides
        var position = [Int](repeating: 0, count: rank)
        offsets.reserveCapacity(picks.count)
        for pick in picks {
            var offset = pick * strides[axis]
            for other in 0..<rank where other != axis { offset += position[other] * strides[other] }
            offsets.append(offset)
            var moving = rank - 1
            while moving >= 0 {
                position[moving] += 1
                if position[moving] < indices.shape[moving] { break }
                position[moving] = 0
                moving -= 1
            }
        }
    }
}
