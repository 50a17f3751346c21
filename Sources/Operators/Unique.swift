package import Graph
internal import Tensors

/// ONNX `Unique`: the distinct elements, or slices along `axis`, sorted or in order of appearance; with the first place of
/// each, where each element went, and how often each occurs.
package struct Unique: Operator {
    package static let opType = "Unique"
    private let node: NodeDescription
    private let axis: Int?
    private let sorts: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1, outputs: 1...4)
        self.node = node
        axis = try node.int("axis")
        sorts = try node.int("sorted") ?? 1 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        var dimensions: [Dimension]? = [.unknown]
        if let axis {
            dimensions = data.dimensions
            if let rank = dimensions?.count { dimensions?[try node.axis(axis, rank: rank)] = .unknown }
        }
        return [ValueType(data.dataType, dimensions)]
            + Array(repeating: ValueType(.int64, [.unknown]), count: node.hasOutput.count - 1)
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        var extents = axis == nil ? [x.elementCount] : x.shape.dimensions
        let axis = try node.axis(axis ?? 0, rank: extents.count)
        let count = extents[axis]
        // Slices side by side: [count, length].
        let order = [axis] + extents.indices.filter { $0 != axis }
        let flat = extents
        let strides = Shape(extents).strides
        let length = extents.indices.filter { $0 != axis }.reduce(1) { $0 * flat[$1] }
        let rows = Tensor(dataType: x.dataType, shape: try node.shape([count, length]), zeroed: false)
        let moved = Shape(order.map { extents[$0] })
        StridedCopy(extents: moved.dimensions, sourceStrides: order.map { strides[$0] }, targetStrides: moved.strides)
            .run(x.dataType, from: x, to: rows)
        let type = x.dataType == .bool ? DataType.uint8 : x.dataType
        let groups = try node.visit(type, Grouping(rows: rows, count: count, length: length, sorts: sorts))
        extents[axis] = groups.first.count
        let picked = Tensor(dataType: x.dataType, shape: try node.shape([groups.first.count, length]), zeroed: false)
        let bytes = length * (x.dataType.byteWidth ?? 0)
        for (index, row) in groups.first.enumerated() {
            (picked.base + index * bytes).copyMemory(from: rows.base + row * bytes, byteCount: bytes)
        }
        let y = context.output(0, x.dataType, Shape(extents))
        let target = y.shape.strides
        StridedCopy(
            extents: order.map { extents[$0] }, sourceStrides: Shape(order.map { extents[$0] }).strides,
            targetStrides: order.map { target[$0] }
        ).run(x.dataType, from: picked, to: y)
        for (index, values) in [groups.first, groups.inverse, groups.counts].enumerated()
        where node.hasOutput(index + 1) {
            let output = context.output(index + 1, .int64, [values.count]).pointer(Int64.self)
            for (at, value) in values.enumerated() { output[at] = Int64(value) }
        }
    }

    private struct Groups {
        var first: [Int] = []
        var inverse: [Int]
        var counts: [Int] = []
    }

    private struct Grouping: RealVisitor {
        let rows: Tensor
        let count: Int
        let length: Int
        let sorts: Bool

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) -> Groups { group(type) }
        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) -> Groups { group(type) }

        private func group<T: Comparable & BitwiseCopyable>(_ type: T.Type) -> Groups {
            let x = rows.pointer(T.self)
            func compare(_ a: Int, _ b: Int) -> Int {
                for i in 0..<length where x[a * length + i] != x[b * length + i] {
                    return x[a * length + i] < x[b * length + i] ? -1 : 1
                }
                return 0
            }
            // Ties go by place, so that the first of each group comes first.
            let order = (0..<count).sorted { a, b in
                let found = compare(a, b)
                return found == 0 ? a < b : found < 0
            }
            var sorted: [[Int]] = []
            for row in order {
                if let last = sorted.indices.last, compare(sorted[last][0], row) == 0 {
                    sorted[last].append(row)
                } else {
                    sorted.append([row])
                }
            }
            if !sorts { sorted.sort { $0[0] < $1[0] } }
            var groups = Groups(inverse: [Int](repeating: 0, count: count))
            for (index, members) in sorted.enumerated() {
                groups.first.append(members[0])
                groups.counts.append(members.count)
                for member in members { groups.inverse[member] = index }
            }
            return groups
        }
    }
}
