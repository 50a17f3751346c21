package import Graph
internal import Tensors

/// ONNX `QuantizeLinear`: saturate(round(x / scale) + zeroPoint), halves to even, for the whole tensor or along `axis`. The
/// output has the type of the zero point, uint8 without one (or `output_dtype`).
package struct QuantizeLinear: Operator {
    package static let opType = "QuantizeLinear"
    private let node: NodeDescription
    private let axis: Int
    private let dataType: DataType

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...3)
        guard try node.int("block_size") ?? 0 == 0 else { throw node.unsupported("blocked quantisation") }
        self.node = node
        axis = try node.int("axis") ?? 1
        let named = try node.int("output_dtype") ?? 0
        dataType = named == 0 ? .uint8 : try node.dataType("output_dtype")
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [ValueType(node.optionalFact(inputs, 2)?.dataType ?? dataType, try node.fact(inputs, 0).dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = try context.input(0).converted(to: .float32, node: node)
        let scale = try context.input(1).converted(to: .float32, node: node)
        let zeroPoint = context.optionalInput(2)
        let layout = try QuantizationLayout(x.shape, scale: scale.shape, zeroPoint: zeroPoint?.shape, axis: axis, node)
        let y = context.output(0, zeroPoint?.dataType ?? dataType, x.shape)
        try node.visit(
            y.dataType, Body(x: x, y: y, scale: scale, zeroPoint: zeroPoint, layout: layout, node: node))
    }

    private struct Body: RealVisitor {
        let x: Tensor
        let y: Tensor
        let scale: Tensor
        let zeroPoint: Tensor?
        let layout: QuantizationLayout
        let node: NodeDescription

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) throws(GraphError) {
            throw node.mismatch("does not make \(y.dataType)")
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) throws(GraphError) {
            guard T.bitWidth <= 16 else { throw node.mismatch("does not make \(y.dataType)") }
            let (low, high) = (Float(T.min), Float(T.max))
            for block in 0..<layout.outer * layout.channels {
                let channel = block % layout.channels
                let factor = scale.pointer(Float.self)[channel]
                let zero = zeroPoint.map { Float($0.pointer(T.self)[channel]) } ?? 0
                let source = x.pointer(Float.self) + block * layout.inner
                let target = y.pointer(T.self) + block * layout.inner
                for i in 0..<layout.inner {
                    let value = (source[i] / factor).rounded(.toNearestOrEven) + zero
                    // NaN becomes the zero point.
                    target[i] = value.isNaN ? T(zero) : T(min(max(value, low), high))
                }
            }
        }
    }
}

/// ONNX `DynamicQuantizeLinear`: quantises float32 to uint8 with the scale and zero point that its own range, widened to
/// hold 0, asks for. Outputs: y, scale, zero point.
package struct DynamicQuantizeLinear: Operator {
    package static let opType = "DynamicQuantizeLinear"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1, outputs: 1...3)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [
            ValueType(.uint8, try node.fact(inputs, 0).dimensions), ValueType(.float32, []), ValueType(.uint8, []),
        ]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.dataType == .float32 else { throw node.mismatch("does not take \(x.dataType)") }
        let values = x.elements(as: Float.self)
        let low = values.reduce(0) { min($0, $1) }, high = values.reduce(0) { max($0, $1) }
        let scale = (high - low) / 255
        let zero = scale == 0 ? 0 : min(max((0 - low / scale).rounded(.toNearestOrEven), 0), 255)
        if node.hasOutput(0) {
            let y = context.output(0, .uint8, x.shape).pointer(UInt8.self)
            for i in 0..<values.count {
                let value = scale == 0 ? 0 : (values[i] / scale).rounded(.toNearestOrEven) + zero
                y[i] = value.isNaN ? UInt8(zero) : UInt8(min(max(value, 0), 255))
            }
        }
        if node.hasOutput(1) { context.output(1, .float32, .scalar).pointer(Float.self)[0] = scale }
        if node.hasOutput(2) { context.output(2, .uint8, .scalar).pointer(UInt8.self)[0] = clamped(zero) }
    }
}
