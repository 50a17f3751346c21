package import Graph
internal import Tensors

/// ONNX `CenterCropPad`: crops or pads axes around their middle to the extents given; pads with 0. An odd element more goes
/// to the end.
package struct CenterCropPad: Operator {
    package static let opType = "CenterCropPad"
    package static let opsets = 18...Int.max
    private let node: NodeDescription
    private let axes: [Int]?

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        axes = try node.ints("axes")
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0)
        guard var dimensions = x.dimensions else { return [ValueType(x.dataType, nil)] }
        let axes = try node.axes(axes ?? Array(dimensions.indices), rank: dimensions.count)
        let wanted = try node.fact(inputs, 1).integers(node)
        if let wanted, wanted.count != axes.count {
            throw node.mismatch("\(wanted.count) extents for \(axes.count) axes")
        }
        for (index, axis) in axes.enumerated() {
            if let wanted, wanted[index] < 0 { throw node.mismatch("an extent of \(wanted[index])") }
            dimensions[axis] = wanted.map { .fixed($0[index]) } ?? .unknown
        }
        return [ValueType(x.dataType, dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let axes = try node.axes(axes ?? Array(0..<x.shape.rank), rank: x.shape.rank)
        let wanted = try node.integers(context.input(1))
        guard wanted.count == axes.count else { throw node.mismatch("\(wanted.count) extents for \(axes.count) axes") }
        var extents = x.shape.dimensions
        for (index, axis) in axes.enumerated() { extents[axis] = wanted[index] }
        let y = context.output(0, x.dataType, try node.shape(extents))
        UnsafeMutableRawBufferPointer(start: y.base, count: y.byteCount).initializeMemory(as: UInt8.self, repeating: 0)
        let (source, target) = (x.shape.strides, y.shape.strides)
        var (from, to) = (0, 0)
        for (axis, extent) in extents.enumerated() {
            let own = x.shape[axis]
            from += max(0, own - extent) / 2 * source[axis]
            to += max(0, extent - own) / 2 * target[axis]
        }
        StridedCopy(
            extents: zip(extents, x.shape.dimensions).map { min($0, $1) }, sourceStrides: source, targetStrides: target
        ).run(x.dataType, from: x, at: from, to: y, at: to)
    }
}
