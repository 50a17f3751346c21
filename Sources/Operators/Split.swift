package import Graph
internal import Tensors

/// ONNX `Split`: cuts a tensor along one axis into as many parts as the node has outputs. The lengths are attribute `split`
/// before opset 13, then input 1; without them the parts are equal, the last one shorter if need be (opset 18).
package struct Split: Operator {
    package static let opType = "Split"
    private let node: NodeDescription
    private let axis: Int
    private let lengths: [Int]?
    private let count: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...2, outputs: 1...Int.max)
        self.node = node
        axis = try node.int("axis") ?? 0
        lengths = try node.ints("split")
        count = node.hasOutput.count
        if let parts = try node.int("num_outputs"), parts != count {
            throw node.malformed("num_outputs is \(parts), the node has \(count) outputs")
        }
    }

    private func lengths(_ given: [Int]?, extent: Int) throws(GraphError) -> [Int] {
        if let given {
            var total = 0
            for length in given {
                guard length >= 0 else { throw node.mismatch("a part of length \(length)") }
                total = try node.sum(total, length)
            }
            guard given.count == count, total == extent else {
                throw node.mismatch("parts of \(given) for \(count) outputs of \(extent) elements")
            }
            return given
        }
        let length = (extent + count - 1) / count
        guard extent % count == 0 || node.opset >= 18 else {
            throw node.mismatch("\(extent) elements do not split into \(count) equal parts")
        }
        return (0..<count).map { max(0, min(length, extent - $0 * length)) }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let dimensions = data.dimensions else {
            return Array(repeating: ValueType(data.dataType, nil), count: count)
        }
        let axis = try node.axis(axis, rank: dimensions.count)
        var parts: [Dimension] = Array(repeating: .unknown, count: count)
        let fact = node.optionalFact(inputs, 1)
        var given = lengths
        if let fact { given = try fact.integers(node) }
        if let given, given.count == count, given.allSatisfy({ $0 >= 0 }), dimensions[axis].fixedExtent == nil {
            parts = given.map(Dimension.fixed)
        } else if let extent = dimensions[axis].fixedExtent, fact == nil || given != nil {
            parts = try lengths(given, extent: extent).map(Dimension.fixed)
        }
        return parts.map { part in
            var result = dimensions
            result[axis] = part
            return ValueType(data.dataType, result)
        }
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let axis = try node.axis(axis, rank: x.shape.rank)
        var given = lengths
        if let input = context.optionalInput(1) { given = try node.integers(input) }
        var extents = x.shape.dimensions
        let parts = try lengths(given, extent: extents[axis])
        let outer = extents[..<axis].reduce(1, *)
        let inner = extents[(axis + 1)...].reduce(x.dataType.byteWidth ?? 0, *)
        let row = extents[axis] * inner
        var at = 0
        for (index, part) in parts.enumerated() {
            if node.hasOutput(index) {
                extents[axis] = part
                let y = context.output(index, x.dataType, Shape(extents))
                let bytes = part * inner
                for block in 0..<outer {
                    (y.base + block * bytes).copyMemory(from: x.base + block * row + at, byteCount: bytes)
                }
            }
            at += part * inner
        }
    }
}
