package import Graph
internal import Tensors

/// ONNX `TopK`: the k largest (or smallest) elements along an axis, in order, with their indices; equal elements come in
/// order of index. k is an attribute before opset 10, then input 1.
package struct TopK: Operator {
    package static let opType = "TopK"
    private let node: NodeDescription
    private let axis: Int
    private let fixedCount: Int?
    private let largest: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: node.opset < 10 ? 1...1 : 2...2, outputs: 1...2)
        self.node = node
        axis = try node.int("axis") ?? -1
        largest = try node.int("largest") ?? 1 != 0
        fixedCount = try node.int("k")
        if node.opset < 10, fixedCount == nil { throw node.malformed("attribute 'k' is missing") }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        var dimensions = data.dimensions
        if let rank = dimensions?.count {
            var count = fixedCount
            if node.opset >= 10, let k = try node.fact(inputs, 1).constant { count = try node.integer(k) }
            let axis = try node.axis(axis, rank: rank)
            if let count, let extent = dimensions?[axis].fixedExtent { try check(count, extent) }
            if let count, count < 0 { throw node.mismatch("k is \(count)") }
            dimensions?[axis] = count.map { .fixed($0) } ?? .unknown
        }
        return [ValueType(data.dataType, dimensions), ValueType(.int64, dimensions)]
    }

    private func check(_ count: Int, _ extent: Int) throws(GraphError) {
        guard (0...extent).contains(count) else { throw node.mismatch("k is \(count) of \(extent) elements") }
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        var count = fixedCount ?? 0
        if node.opset >= 10 { count = try node.integer(context.input(1)) }
        var extents = x.shape.dimensions
        let axis = try node.axis(axis, rank: extents.count)
        try check(count, extents[axis])
        extents[axis] = count
        let values =
            node.hasOutput(0)
            ? context.output(0, x.dataType, Shape(extents))
            : Tensor(dataType: x.dataType, shape: Shape(extents), zeroed: false)
        let indices =
            node.hasOutput(1)
            ? context.output(1, .int64, Shape(extents)) : Tensor(dataType: .int64, shape: Shape(extents), zeroed: false)
        try node.visit(
            x.dataType,
            Body(
                layout: ReductionLayout(x, axes: [axis]), count: count, largest: largest, values: values,
                indices: indices))
    }

    private struct Body: RealVisitor {
        let layout: ReductionLayout
        let count: Int
        let largest: Bool
        let values: Tensor
        let indices: Tensor

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
            // NaN counts as the largest, as in NumPy, so that the order is total.
            select(type) { $0.isNaN ? !$1.isNaN : $0 > $1 }
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) { select(type) { $0 > $1 } }

        private func select<T: BitwiseCopyable>(_ type: T.Type, _ isGreater: (T, T) -> Bool) {
            let step = layout.inner, extent = layout.reduced
            for at in 0..<layout.outer * step {
                let x = layout.data.pointer(T.self) + at / step * extent * step + at % step
                func precedes(_ a: Int, _ b: Int) -> Bool {
                    let u = x[a * step], v = x[b * step]
                    if largest ? isGreater(u, v) : isGreater(v, u) { return true }
                    if largest ? isGreater(v, u) : isGreater(u, v) { return false }
                    return a < b
                }
                let best = firstElements(count, of: extent, precedes)
                let start = at / step * count * step + at % step
                for (rank, index) in best.enumerated() {
                    values.pointer(T.self)[start + rank * step] = x[index * step]
                    indices.pointer(Int64.self)[start + rank * step] = Int64(index)
                }
            }
        }
    }
}

/// The first `count` of `0..<extent` in the given order: a heap of the best so far, so that few of many cost little.
func firstElements(_ count: Int, of extent: Int, _ precedes: (Int, Int) -> Bool) -> [Int] {
    guard count > 0 else { return [] }
    if count * 4 >= extent { return Array((0..<extent).sorted(by: precedes).prefix(count)) }
    // The last of the best is at the root.
    var heap: [Int] = []
    heap.reserveCapacity(count)
    func sink(_ start: Int) {
        var parent = start
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, precedes(heap[child], heap[child + 1]) { child += 1 }
            guard precedes(heap[parent], heap[child]) else { return }
            heap.swapAt(parent, child)
            parent = child
        }
    }
    for index in 0..<extent {
        if heap.count < count {
            heap.append(index)
            if heap.count == count { for start in stride(from: count / 2, through: 0, by: -1) { sink(start) } }
        } else if precedes(index, heap[0]) {
            heap[0] = index
            sink(0)
        }
    }
    return heap.sorted(by: precedes)
}
