internal import Graph
internal import Tensors

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
    func convert(into result: Tensor, node: NodeDescription) throws(GraphError) {
        switch dataType {
        case .float16: try result.store(floats: elements(as: Float16.self), node)
        case .bfloat16:
            let source = pointer(UInt16.self)
            let wide = (0..<elementCount).map { Float(bitPattern: UInt32(source[$0]) << 16) }
            try wide.withUnsafeBufferPointer { values throws(GraphError) in try result.store(floats: values, node) }
        case .float32: try result.store(floats: elements(as: Float.self), node)
        case .float64: try result.store(floats: elements(as: Double.self), node)
        case .bool:
            let bytes = UnsafeBufferPointer(start: UnsafePointer(pointer(UInt8.self)), count: elementCount)
            try result.store(integers: bytes, node)
        case .int8: try result.store(integers: elements(as: Int8.self), node)
        case .int16: try result.store(integers: elements(as: Int16.self), node)
        case .int32: try result.store(integers: elements(as: Int32.self), node)
        case .int64: try result.store(integers: elements(as: Int64.self), node)
        case .uint8: try result.store(integers: elements(as: UInt8.self), node)
        case .uint16: try result.store(integers: elements(as: UInt16.self), node)
        case .uint32: try result.store(integers: elements(as: UInt32.self), node)
        case .uint64: try result.store(integers: elements(as: UInt64.self), node)
        case .complex64, .complex128, .string: throw node.unsupported("conversion from \(dataType)")
        }
    }

    private func store<T: BinaryFloatingPoint>(
        floats source: UnsafeBufferPointer<T>, _ node: NodeDescription
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
        case .complex64, .complex128, .string: throw node.unsupported("conversion to \(dataType)")
        }
    }

    private func store<T: FixedWidthInteger>(
        integers source: UnsafeBufferPointer<T>, _ node: NodeDescription
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

/// Rounds to bfloat16, half to even; NaN stays NaN.
func bfloat16Bits(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7fc0 }
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
}
