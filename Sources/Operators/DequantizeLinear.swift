package import Graph
internal import Tensors

/// ONNX `DequantizeLinear`: (x − zeroPoint) · scale, for the whole tensor or along `axis`; x is uint8, int8, uint16, int16
/// or int32.
package struct DequantizeLinear: Operator {
    package static let opType = "DequantizeLinear"
    private let node: NodeDescription
    private let axis: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...3)
        guard try node.int("block_size") ?? 0 == 0 else { throw node.unsupported("blocked quantisation") }
        self.node = node
        axis = try node.int("axis") ?? 1
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [ValueType(try node.fact(inputs, 1).dataType, try node.fact(inputs, 0).dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let scale = context.input(1)
        if scale.dataType.isHalf { return try runWidened(context, scale.dataType, node: node) }
        guard scale.dataType == .float32 else { throw node.unsupported("a scale of type \(scale.dataType)") }
        let zeroPoint = context.optionalInput(2)
        if let zeroPoint { try node.sameType(x.dataType, zeroPoint.dataType) }
        let layout = try QuantizationLayout(x.shape, scale: scale.shape, zeroPoint: zeroPoint?.shape, axis: axis, node)
        try node.visit(
            x.dataType,
            Body(
                x: x, y: context.output(0, .float32, x.shape), scale: scale, zeroPoint: zeroPoint, layout: layout,
                node: node))
    }

    private struct Body: RealVisitor {
        let x: Tensor
        let y: Tensor
        let scale: Tensor
        let zeroPoint: Tensor?
        let layout: QuantizationLayout
        let node: NodeDescription

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) throws(GraphError) {
            throw node.mismatch("does not take \(x.dataType)")
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) throws(GraphError) {
            guard T.bitWidth <= 32 else { throw node.mismatch("does not take \(x.dataType)") }
            for block in 0..<layout.outer * layout.channels {
                let channel = block % layout.channels
                let factor = scale.pointer(Float.self)[channel]
                let zero = zeroPoint.map { Int64($0.pointer(T.self)[channel]) } ?? 0
                let source = x.pointer(T.self) + block * layout.inner
                let target = y.pointer(Float.self) + block * layout.inner
                for i in 0..<layout.inner { target[i] = Float(Int64(source[i]) - zero) * factor }
            }
        }
    }
}

/// A tensor seen as [outer, channels, inner], with one scale and zero point for each channel.
struct QuantizationLayout: Sendable {
    let outer: Int
    let channels: Int
    let inner: Int

    /// - Throws: ``GraphError/mismatch(node:op:detail:)`` when the scale is neither one number nor one for each channel.
    init(_ shape: Shape, scale: Shape, zeroPoint: Shape?, axis: Int, _ node: NodeDescription) throws(GraphError) {
        if let zeroPoint, zeroPoint.elementCount != scale.elementCount {
            throw node.mismatch("\(scale.elementCount) scales and \(zeroPoint.elementCount) zero points")
        }
        if scale.elementCount == 1 {
            (outer, channels, inner) = (1, 1, shape.elementCount)
            return
        }
        let axis = try node.axis(axis, rank: shape.rank)
        guard scale.rank == 1, scale.elementCount == shape[axis] else {
            throw node.mismatch("a scale of \(scale) for axis \(axis) of \(shape)")
        }
        outer = shape.dimensions[..<axis].reduce(1, *)
        channels = shape[axis]
        inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    }
}
