internal import Graph
internal import Tensors

/// How a conversion treats what the target cannot hold.
struct ConversionRule: Sendable {
    /// Floats of 8 bits: the largest number rather than infinity or NaN.
    var saturates = true
    /// Of float8e8m0.
    var exponentRounding = ScaleExponent.Rounding.up
}

extension Tensor {
    /// The same values as another type; the tensor itself when it has that type already.
    func converted(to dataType: DataType, node: NodeDescription) throws(GraphError) -> Tensor {
        if dataType == self.dataType { return self }
        guard dataType.byteWidth != nil else { throw node.unsupported("elements of type \(dataType)") }
        let result = Tensor(dataType: dataType, shape: shape, zeroed: false)
        try convert(into: result, node: node)
        return result
    }

    /// Writes the values into a tensor of as many elements: rounding to nearest even between floats, towards zero to
    /// whole numbers, wrapping between whole numbers, not-zero to bool. Out of range floats and NaN become the nearest
    /// whole number and zero, where ONNX leaves the result open.
    func convert(into result: Tensor, rule: ConversionRule = .init(), node: NodeDescription) throws(GraphError) {
        switch dataType {
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1, .float8e8m0:
            let source = pointer(UInt8.self)
            let format = SmallFloat(dataType)
            let wide = (0..<elementCount).map { format?.decode(source[$0]) ?? ScaleExponent.decode(source[$0]) }
            try wide.withUnsafeBufferPointer { values throws(GraphError) in
                try result.store(floats: values, rule, node)
            }
        case .int4, .int2:
            let bytes = UnsafeBufferPointer(start: UnsafePointer(pointer(Int8.self)), count: elementCount)
            try result.store(integers: bytes, rule, node)
        case .float16: try result.store(floats: elements(as: Float16.self), rule, node)
        case .bfloat16:
            let source = pointer(UInt16.self)
            let wide = (0..<elementCount).map { Float(bitPattern: UInt32(source[$0]) << 16) }
            try wide.withUnsafeBufferPointer { values throws(GraphError) in
                try result.store(floats: values, rule, node)
            }
        case .float32: try result.store(floats: elements(as: Float.self), rule, node)
        case .float64: try result.store(floats: elements(as: Double.self), rule, node)
        case .bool, .uint4, .uint2:
            let bytes = UnsafeBufferPointer(start: UnsafePointer(pointer(UInt8.self)), count: elementCount)
            try result.store(integers: bytes, rule, node)
        case .int8: try result.store(integers: elements(as: Int8.self), rule, node)
        case .int16: try result.store(integers: elements(as: Int16.self), rule, node)
        case .int32: try result.store(integers: elements(as: Int32.self), rule, node)
        case .int64: try result.store(integers: elements(as: Int64.self), rule, node)
        case .uint8: try result.store(integers: elements(as: UInt8.self), rule, node)
        case .uint16: try result.store(integers: elements(as: UInt16.self), rule, node)
        case .uint32: try result.store(integers: elements(as: UInt32.self), rule, node)
        case .uint64: try result.store(integers: elements(as: UInt64.self), rule, node)
        case .complex64, .complex128, .string: throw node.unsupported("conversion from \(dataType)")
        }
    }

    private func store<T: BinaryFloatingPoint>(
        floats source: UnsafeBufferPointer<T>, _ rule: ConversionRule, _ node: NodeDescription
    ) throws(GraphError) {
        switch dataType {
        case .float16: fill(Float16.self, from: source) { Float16($0) }
        case .bfloat16:
            let target = pointer(UInt16.self)
            for i in 0..<source.count { target[i] = bfloat16Bits(Float(source[i])) }
        case .float32: fill(Float.self, from: source) { Float($0) }
        case .float64: fill(Double.self, from: source) { Double($0) }
        case .bool: fill(Bool.self, from: source) { $0 != 0 }
        case .int8: fill(Int8.self, from: source) { clamped($0) }
        case .int16: fill(Int16.self, from: source) { clamped($0) }
        case .int32: fill(Int32.self, from: source) { clamped($0) }
        case .int64: fill(Int64.self, from: source) { clamped($0) }
        case .uint8: fill(UInt8.self, from: source) { clamped($0) }
        case .uint16: fill(UInt16.self, from: source) { clamped($0) }
        case .uint32: fill(UInt32.self, from: source) { clamped($0) }
        case .uint64: fill(UInt64.self, from: source) { clamped($0) }
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1:
            guard let format = SmallFloat(dataType) else { return }
            fill(UInt8.self, from: source) { format.encode(Double($0), saturates: rule.saturates) }
        case .float8e8m0:
            fill(UInt8.self, from: source) {
                ScaleExponent.encode(Float($0), rule.exponentRounding, saturates: rule.saturates)
            }
        case .int4: fill(Int8.self, from: source) { lowBits(clamped($0), 4) }
        case .int2: fill(Int8.self, from: source) { lowBits(clamped($0), 2) }
        case .uint4: fill(UInt8.self, from: source) { lowBits(clamped($0) as Int64, 4) }
        case .uint2: fill(UInt8.self, from: source) { lowBits(clamped($0) as Int64, 2) }
        case .complex64, .complex128, .string: throw node.unsupported("conversion to \(dataType)")
        }
    }

    private func store<T: FixedWidthInteger>(
        integers source: UnsafeBufferPointer<T>, _ rule: ConversionRule, _ node: NodeDescription
    ) throws(GraphError) {
        switch dataType {
        case .float16: fill(Float16.self, from: source) { Float16(Float($0)) }
        case .bfloat16:
            let target = pointer(UInt16.self)
            for i in 0..<source.count { target[i] = bfloat16Bits(Float(source[i])) }
        case .float32: fill(Float.self, from: source) { Float($0) }
        case .float64: fill(Double.self, from: source) { Double($0) }
        case .bool: fill(Bool.self, from: source) { $0 != 0 }
        case .int8: fill(Int8.self, from: source) { Int8(truncatingIfNeeded: $0) }
        case .int16: fill(Int16.self, from: source) { Int16(truncatingIfNeeded: $0) }
        case .int32: fill(Int32.self, from: source) { Int32(truncatingIfNeeded: $0) }
        case .int64: fill(Int64.self, from: source) { Int64(truncatingIfNeeded: $0) }
        case .uint8: fill(UInt8.self, from: source) { UInt8(truncatingIfNeeded: $0) }
        case .uint16: fill(UInt16.self, from: source) { UInt16(truncatingIfNeeded: $0) }
        case .uint32: fill(UInt32.self, from: source) { UInt32(truncatingIfNeeded: $0) }
        case .uint64: fill(UInt64.self, from: source) { UInt64(truncatingIfNeeded: $0) }
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1:
            guard let format = SmallFloat(dataType) else { return }
            fill(UInt8.self, from: source) { format.encode(Double($0), saturates: rule.saturates) }
        case .float8e8m0:
            fill(UInt8.self, from: source) {
                ScaleExponent.encode(Float($0), rule.exponentRounding, saturates: rule.saturates)
            }
        case .int4: fill(Int8.self, from: source) { lowBits(Int8(truncatingIfNeeded: $0), 4) }
        case .int2: fill(Int8.self, from: source) { lowBits(Int8(truncatingIfNeeded: $0), 2) }
        case .uint4: fill(UInt8.self, from: source) { lowBits(Int64(truncatingIfNeeded: $0), 4) }
        case .uint2: fill(UInt8.self, from: source) { lowBits(Int64(truncatingIfNeeded: $0), 2) }
        case .complex64, .complex128, .string: throw node.unsupported("conversion to \(dataType)")
        }
    }

    @inline(__always)
    private func fill<S, T: TensorElement>(_ type: T.Type, from source: UnsafeBufferPointer<S>, _ value: (S) -> T) {
        let target = pointer(T.self)
        for i in 0..<source.count { target[i] = value(source[i]) }
    }
}

/// Truncates towards zero, saturating; NaN gives zero.
func clamped<F: BinaryFloatingPoint, I: FixedWidthInteger>(_ value: F) -> I {
    if value.isNaN { return 0 }
    let whole = Double(value).rounded(.towardZero)
    if let exact = I(exactly: whole) { return exact }
    return whole < 0 ? .min : .max
}

/// The lowest bits as a number with sign.
private func lowBits(_ value: Int8, _ count: Int) -> Int8 { (value << Int8(8 - count)) >> Int8(8 - count) }

/// The lowest bits as a number without sign.
private func lowBits(_ value: Int64, _ count: Int) -> UInt8 { UInt8(truncatingIfNeeded: value & (1 << count - 1)) }

/// Rounds to bfloat16, half to even; NaN stays NaN.
func bfloat16Bits(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7fc0 }
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
}
