internal import Graph
internal import Tensors

extension NodeDescription {
    /// The extent of two broadcast dimensions, as far as it is known.
    func broadcast(_ a: Dimension, _ b: Dimension) throws(GraphError) -> Dimension {
        switch (a, b) {
        case (.fixed(1), _): return b
        case (_, .fixed(1)): return a
        case (.fixed(let x), .fixed(let y)):
            guard x == y else { throw mismatch("extents \(x) and \(y) do not broadcast") }
            return a
        case (.fixed, _): return a
        case (_, .fixed): return b
        default: return a == b ? a : .unknown
        }
    }

    /// The dimensions of values broadcast together (ONNX: NumPy's multidirectional rule); `nil` when a rank is unknown.
    func broadcast(_ shapes: [[Dimension]?]) throws(GraphError) -> [Dimension]? {
        var result: [Dimension] = []
        for dimensions in shapes {
            guard let dimensions else { return nil }
            let rank = max(result.count, dimensions.count)
            var merged: [Dimension] = []
            for axis in 0..<rank {
                let i = axis - (rank - result.count), j = axis - (rank - dimensions.count)
                merged.append(
                    try broadcast(i >= 0 ? result[i] : .fixed(1), j >= 0 ? dimensions[j] : .fixed(1)))
            }
            result = merged
        }
        return result
    }

    /// The shape of tensors broadcast together.
    func broadcast(shapes: [Shape]) throws(GraphError) -> Shape {
        if shapes.count == 2, shapes[0] == shapes[1] { return shapes[0] }
        let rank = shapes.reduce(0) { max($0, $1.rank) }
        var extents = [Int](repeating: 1, count: rank)
        for shape in shapes {
            for axis in 0..<shape.rank {
                let at = axis + rank - shape.rank
                if extents[at] == 1 {
                    extents[at] = shape[axis]
                } else if shape[axis] != 1, shape[axis] != extents[at] {
                    throw mismatch("\(shapes.map(\.description).joined(separator: " and ")) do not broadcast")
                }
            }
        }
        return try self.shape(extents)
    }
}

extension ValueFact {
    /// The elements of a constant of whole numbers, or `nil` when the value is not constant.
    func integers(_ node: NodeDescription) throws(GraphError) -> [Int]? {
        guard let constant else { return nil }
        return try node.integers(constant)
    }

    var dimensions: [Dimension]? { type.dimensions }
    var dataType: DataType { type.dataType }
}

extension Array where Element == Dimension {
    static func unknown(rank: Int) -> [Dimension] { Array(repeating: .unknown, count: rank) }

    init(_ shape: Shape) { self = shape.dimensions.map(Dimension.fixed) }
}

/// The sum of extents where all are fixed.
func sum(_ dimensions: [Dimension]) -> Dimension {
    var total = 0
    for dimension in dimensions {
        guard let extent = dimension.fixedExtent else { return .unknown }
        let (next, overflow) = total.addingReportingOverflow(extent)
        if overflow { return .unknown }
        total = next
    }
    return .fixed(total)
}

/// The product of extents where all are fixed; a single dimension passes through.
func product(_ dimensions: some Collection<Dimension>) -> Dimension {
    var count = 1
    var symbol: Dimension?
    for dimension in dimensions {
        if let extent = dimension.fixedExtent {
            let (next, overflow) = count.multipliedReportingOverflow(by: extent)
            if overflow { return .unknown }
            count = next
        } else if symbol == nil {
            symbol = dimension
        } else {
            return .unknown
        }
    }
    guard let symbol else { return .fixed(count) }
    return count == 1 ? symbol : .unknown
}
