internal import CKernels
package import Graph
internal import Tensors

/// ONNX `DequantizeLinear`: (x − zeroPoint) · scale, with one scale for the whole tensor, for each index along `axis`, or
/// for each block of `block_size` along `axis`.
///
/// x: whole numbers of 2 to 32 bits, or floats of 4 and 8 bits, whose zero point is 0. The output has the scale's type, or
/// `output_dtype`; the arithmetic is float32.
package struct DequantizeLinear: Operator {
    package static let opType = "DequantizeLinear"
    private let node: NodeDescription
    private let axis: Int
    private let block: Int
    private let dataType: DataType?

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...3)
        self.node = node
        axis = try node.int("axis") ?? 1
        block = try node.quantizationBlock()
        dataType = try node.int("output_dtype") ?? 0 == 0 ? nil : try node.dataType("output_dtype")
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0), scale = try node.fact(inputs, 1)
        try checkType(x.dataType)
        return [ValueType(dataType ?? scale.dataType, x.dimensions)]
    }

    private func checkType(_ type: DataType) throws(GraphError) {
        guard type.quantizedRange != nil || type == .int32 || SmallFloat(type) != nil else {
            throw node.mismatch("does not take \(type)")
        }
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), scale = context.input(1)
        try checkType(x.dataType)
        let zeroPoint = context.optionalInput(2)
        if let zeroPoint { try node.sameType(x.dataType, zeroPoint.dataType) }
        let layout = try QuantizationLayout(
            x.shape, scale: scale.shape, zeroPoint: zeroPoint?.shape, axis: axis, blockSize: block, node)
        let factors = try scale.converted(to: .float32, node: node)
        let type = dataType ?? scale.dataType
        let y =
            type == .float32
            ? context.output(0, .float32, x.shape) : Tensor(dataType: .float32, shape: x.shape, zeroed: false)
        switch x.dataType {
        case .uint8 where factors.elementCount == 1:
            let (factor, zero) = (factors.pointer(Float.self)[0], zeroPoint.map { $0.pointer(UInt8.self)[0] } ?? 0)
            context.spreadLevels(x.elementCount) { range in
                ck_u8_dequantize(
                    x.pointer(UInt8.self) + range.lowerBound, factor, Int32(zero),
                    y.pointer(Float.self) + range.lowerBound, range.count)
            }
        case .int8: scaled(x.pointer(Int8.self), zeroPoint?.pointer(), factors, layout, y)
        case .uint8: scaled(x.pointer(UInt8.self), zeroPoint?.pointer(), factors, layout, y)
        case .int16: scaled(x.pointer(Int16.self), zeroPoint?.pointer(), factors, layout, y)
        case .uint16: scaled(x.pointer(UInt16.self), zeroPoint?.pointer(), factors, layout, y)
        default:
            // Narrow numbers by way of their values; int32 exactly, since its zero point need not fit a float.
            let wide = try x.converted(to: x.dataType == .int32 ? .int32 : .float32, node: node)
            if wide.dataType == .int32 {
                scaled(wide.pointer(Int32.self), zeroPoint?.pointer(), factors, layout, y)
            } else {
                let zeros = try zeroPoint?.converted(to: .float32, node: node)
                let source = wide.pointer(Float.self), target = y.pointer(Float.self)
                let scales = factors.pointer(Float.self), offsets = zeros?.pointer(Float.self)
                layout.forEachRun { start, count, scale, step in
                    for i in 0..<count {
                        let at = scale + i * step
                        target[start + i] = (source[start + i] - (offsets?[at] ?? 0)) * scales[at]
                    }
                }
            }
        }
        if type != .float32 { try y.convert(into: context.output(0, type, x.shape), node: node) }
    }

    private func scaled<T: FixedWidthInteger>(
        _ x: UnsafeMutablePointer<T>, _ zeroPoints: UnsafeMutablePointer<T>?, _ factors: Tensor,
        _ layout: QuantizationLayout, _ y: Tensor
    ) {
        let target = y.pointer(Float.self), scales = factors.pointer(Float.self)
        layout.forEachRun { start, count, scale, step in
            if step == 0 {
                let zero = Int64(zeroPoints?[scale] ?? 0), factor = scales[scale]
                for i in 0..<count { target[start + i] = Float(Int64(x[start + i]) - zero) * factor }
            } else {
                for i in 0..<count {
                    let zero = Int64(zeroPoints?[scale + i] ?? 0)
                    target[start + i] = Float(Int64(x[start + i]) - zero) * scales[scale + i]
                }
            }
        }
    }
}

extension DequantizeLinear: BlockedForm {
    /// Levels with one scale for all stay where they are.
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0], of: .uint8), dataType ?? .float32 == .float32,
            inputs[1]?.constant?.elementCount == 1, inputs[1]?.type.dataType == .float32
        else { return nil }
        let rest = inputs.indices.dropFirst().map { inputs[$0] == nil ? BlockedNode.Input.absent : .plain($0) }
        return BlockedNode(op: self, inputs: [.blocked(0)] + rest, channels: channels)
    }
}
