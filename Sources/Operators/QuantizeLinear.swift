internal import CKernels
package import Graph
internal import Tensors

/// ONNX `QuantizeLinear`: saturate(round(x / scale) + zeroPoint), halves to even, with one scale for the whole tensor, for
/// each index along `axis`, or for each block of `block_size` along `axis`.
///
/// x: float16, bfloat16, float32 or int32. The output has the type of the zero point, else `output_dtype`, else uint8:
/// whole numbers of 2 to 16 bits, floats of 4 and 8 bits (no zero point, `saturate`). Numbers are divided in float32, or in
/// the float type that `precision` names.
package struct QuantizeLinear: Operator {
    package static let opType = "QuantizeLinear"
    private let node: NodeDescription
    private let axis: Int
    private let block: Int
    private let dataType: DataType
    private let precision: DataType
    private let saturates: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...3)
        self.node = node
        axis = try node.int("axis") ?? 1
        block = try node.quantizationBlock()
        let named = try node.int("output_dtype") ?? 0
        dataType = named == 0 ? .uint8 : try node.dataType("output_dtype")
        precision = try node.int("precision") ?? 0 == 0 ? .float32 : try node.dataType("precision")
        guard precision.isFloatingPoint else { throw node.malformed("precision is \(precision)") }
        saturates = try node.int("saturate") ?? 1 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = node.optionalFact(inputs, 2)?.dataType ?? dataType
        guard type.quantizedRange != nil || SmallFloat(type) != nil else {
            throw node.mismatch("does not make \(type)")
        }
        return [ValueType(type, try node.fact(inputs, 0).dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let zeroPoint = context.optionalInput(2)
        let scale = context.input(1)
        let layout = try QuantizationLayout(
            context.input(0).shape, scale: scale.shape, zeroPoint: zeroPoint?.shape, axis: axis, blockSize: block, node)
        let x = try context.input(0).converted(to: .float32, node: node)
        let factors = try scale.converted(to: .float32, node: node)
        let y = context.output(0, zeroPoint?.dataType ?? dataType, x.shape)
        if y.dataType == .uint8, factors.elementCount == 1, !precision.isHalf {
            let (factor, zero) = (factors.pointer(Float.self)[0], zeroPoint.map { $0.pointer(UInt8.self)[0] } ?? 0)
            context.spreadLevels(x.elementCount) { range in
                ck_u8_quantize(
                    x.pointer(Float.self) + range.lowerBound, factor, Int32(zero),
                    y.pointer(UInt8.self) + range.lowerBound, range.count)
            }
            return
        }
        let quotients = try quotients(x, factors, layout)
        if let range = y.dataType.quantizedRange {
            let zeros = try zeroPoint?.converted(to: .float32, node: node)
            if range.upperBound > 255 || range.lowerBound < -128 {
                if range.lowerBound < 0 {
                    store(quotients, zeros, layout, range, y.pointer(Int16.self))
                } else {
                    store(quotients, zeros, layout, range, y.pointer(UInt16.self))
                }
            } else if range.lowerBound < 0 {
                store(quotients, zeros, layout, range, y.pointer(Int8.self))
            } else {
                store(quotients, zeros, layout, range, y.pointer(UInt8.self))
            }
        } else {
            if zeroPoint != nil, y.dataType == .float4e2m1 {
                // The sum with a zero point of 0 has no negative zero.
                let values = quotients.pointer(Float.self)
                for i in 0..<quotients.elementCount { values[i] += 0 }
            }
            try quotients.convert(into: y, rule: ConversionRule(saturates: saturates), node: node)
        }
    }

    /// x / scale, rounded to the precision.
    private func quotients(_ x: Tensor, _ scale: Tensor, _ layout: QuantizationLayout) throws(GraphError) -> Tensor {
        let result = Tensor(dataType: .float32, shape: x.shape, zeroed: false)
        let source = x.pointer(Float.self), factors = scale.pointer(Float.self), target = result.pointer(Float.self)
        layout.forEachRun { start, count, scale, step in
            for i in 0..<count { target[start + i] = source[start + i] / factors[scale + i * step] }
        }
        guard precision.isHalf else { return result }
        return try result.converted(to: precision, node: node).converted(to: .float32, node: node)
    }

    private func store<T: FixedWidthInteger>(
        _ quotients: Tensor, _ zeroPoints: Tensor?, _ layout: QuantizationLayout, _ range: ClosedRange<Int>,
        _ target: UnsafeMutablePointer<T>
    ) {
        let source = quotients.pointer(Float.self)
        let zeros = zeroPoints?.pointer(Float.self)
        let low = Float(range.lowerBound), high = Float(range.upperBound)
        layout.forEachRun { start, count, scale, step in
            for i in 0..<count {
                let zero = zeros?[scale + i * step] ?? 0
                let value = source[start + i].rounded(.toNearestOrEven) + zero
                // NaN becomes the zero point.
                target[start + i] = T(value.isNaN ? min(max(zero, low), high) : min(max(value, low), high))
            }
        }
    }
}

extension QuantizeLinear: BlockedForm {
    /// Levels with one scale for all stay where they are.
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0]), inputs[1]?.constant?.elementCount == 1,
            node.optionalFact(inputs, 2)?.dataType ?? dataType == .uint8
        else { return nil }
        let rest = inputs.indices.dropFirst().map { inputs[$0] == nil ? BlockedNode.Input.absent : .plain($0) }
        return BlockedNode(op: self, inputs: [.blocked(0)] + rest, channels: channels)
    }
}
