package import Graph
internal import Tensors

/// ONNX `TensorScatter`: writes new rows into a cache along its sequence axis, at an index for each batch; `circular` wraps
/// around at the end.
package struct TensorScatter: Operator {
    package static let opType = "TensorScatter"
    package static let opsets = 24...Int.max
    private let node: NodeDescription
    private let axis: Int
    private let isCircular: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...3)
        self.node = node
        axis = try node.int("axis") ?? -2
        switch try node.string("mode") ?? "linear" {
        case "linear": isCircular = false
        case "circular": isCircular = true
        case let other: throw node.malformed("mode is '\(other)'")
        }
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let cache = try node.fact(inputs, 0).type
        try node.sameType(cache.dataType, try node.fact(inputs, 1).dataType)
        return [cache]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let cache = context.input(0), update = context.input(1)
        try node.sameType(cache.dataType, update.dataType)
        let axis = try node.axis(axis, rank: cache.shape.rank)
        guard axis > 0 else { throw node.mismatch("axis 0 is the batch") }
        var expected = cache.shape.dimensions
        let length = expected[axis]
        guard update.shape.rank == expected.count, update.shape[axis] <= length else {
            throw node.mismatch("an update of \(update.shape) for a cache of \(cache.shape)")
        }
        expected[axis] = update.shape[axis]
        guard update.shape.dimensions == expected else {
            throw node.mismatch("an update of \(update.shape) for a cache of \(cache.shape)")
        }
        let batch = cache.shape[0], rows = update.shape[axis]
        var starts = [Int](repeating: 0, count: batch)
        if let given = context.optionalInput(2) {
            starts = try node.integers(given)
            guard starts.count == batch, starts.allSatisfy({ $0 >= 0 && (isCircular || $0 <= length - rows) }) else {
                throw node.mismatch("write_indices \(starts.prefix(8)) for \(rows) of \(length) rows")
            }
        }
        let y = context.copyOfInput(0)
        let outer = expected[..<axis].reduce(1, *)
        let bytes = expected[(axis + 1)...].reduce(cache.dataType.byteWidth ?? 0, *)
        guard rows > 0, outer > 0 else { return }
        for index in 0..<outer {
            let start = starts[index / (outer / batch)]
            for row in 0..<rows {
                let place = isCircular ? (start % length + row) % length : start + row
                (y.base + (index * length + place) * bytes).copyMemory(
                    from: update.base + (index * rows + row) * bytes, byteCount: bytes)
            }
        }
    }
}
