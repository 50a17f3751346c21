package import Tensors

extension ONNXTensor {
    /// Reads the elements into storage of their own, aligned to 64 bytes. A model file that changes later changes no
    /// tensor made from it.
    ///
    /// - Parameter directory: the folder that external data must lie in.
    package func makeTensor(
        directory: String? = nil, limits: ONNXLimits = .init()
    ) throws(ONNXFormatError) -> Tensor {
        let type = try dataType()
        let width = type.byteWidth ?? 0
        let shape = Shape(extents)
        let (byteCount, overflow) = shape.elementCount.multipliedReportingOverflow(by: width)
        if overflow {
            throw .limitExceeded(what: "bytes of tensor '\(name)'", limit: limits.tensorBytes, value: Int.max)
        }
        try Allowance.check("bytes of tensor '\(name)'", byteCount, limits.tensorBytes)
        let storedCount = type.storedByteCount(shape.elementCount)
        switch location {
        case .raw(let range):
            return try makeTensor(type, shape, storedCount, from: storage, range)
        case .external(let path, let start, let length):
            let file = try externalFile(path: path, directory: directory)
            guard start <= file.byteCount, storedCount <= file.byteCount - start else {
                throw .externalData(
                    tensor: name, detail: "\(storedCount) bytes at \(start) in '\(path)' of \(file.byteCount) bytes")
            }
            if let length, length != storedCount {
                throw .externalData(tensor: name, detail: "length is \(length), \(type)\(shape) takes \(storedCount)")
            }
            return try makeTensor(type, shape, storedCount, from: file, start..<start + storedCount)
        case .typed(let message):
            return try makeTypedTensor(type, shape, message)
        }
    }

    private func makeTensor(
        _ type: DataType, _ shape: Shape, _ byteCount: Int, from source: ByteStorage, _ range: Range<Int>
    ) throws(ONNXFormatError) -> Tensor {
        guard range.count == byteCount else {
            throw .malformed(
                offset: range.lowerBound,
                detail: "tensor '\(name)' of \(type)\(shape) takes \(byteCount) bytes, \(range.count) are given")
        }
        let tensor = Tensor(dataType: type, shape: shape, zeroed: false)
        if let bits = type.storedBitWidth, bits < 8 {
            for index in 0..<shape.elementCount {
                let byte = source.base.load(fromByteOffset: range.lowerBound + index * bits / 8, as: UInt8.self)
                tensor.store(packed: byte, at: index, bits: bits)
            }
            return tensor
        }
        tensor.base.copyMemory(from: source.base + range.lowerBound, byteCount: byteCount)
        if type == .bool {
            // Any byte but 0 means true; Swift's Bool must be 0 or 1.
            for byte in UnsafeMutableRawBufferPointer(start: tensor.base, count: byteCount).indices {
                let pointer = tensor.base + byte
                if pointer.load(as: UInt8.self) > 1 { pointer.storeBytes(of: 1, as: UInt8.self) }
            }
        }
        return tensor
    }

    /// The fields 4, 5, 7, 10 and 11 of `TensorProto`, each for its element types. The elements are counted before
    /// memory is set aside.
    private func makeTypedTensor(
        _ type: DataType, _ shape: Shape, _ message: Range<Int>
    ) throws(ONNXFormatError) -> Tensor {
        let field: Int
        let scalarsPerElement: Int
        switch type {
        case .float32: (field, scalarsPerElement) = (4, 1)
        case .complex64: (field, scalarsPerElement) = (4, 2)
        case .int32, .int16, .int8, .uint16, .uint8, .bool, .float16, .bfloat16: (field, scalarsPerElement) = (5, 1)
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0:
            (field, scalarsPerElement) = (5, 1)
        case .uint4, .int4, .float4e2m1, .uint2, .int2: (field, scalarsPerElement) = (5, 1)
        case .int64: (field, scalarsPerElement) = (7, 1)
        case .float64: (field, scalarsPerElement) = (10, 1)
        case .complex128: (field, scalarsPerElement) = (10, 2)
        case .uint32, .uint64: (field, scalarsPerElement) = (11, 1)
        case .string: throw .unsupported(offset: offset, detail: "tensor '\(name)' of strings")
        }
        var found = 0
        try forEachScalar(field, message) { _ in found += 1 }
        // Narrow elements come packed, a byte to a scalar.
        let bits = type.storedBitWidth ?? 8
        let expected = bits < 8 ? type.storedByteCount(shape.elementCount) : shape.elementCount * scalarsPerElement
        guard found == expected else {
            throw .malformed(
                offset: offset,
                detail: "tensor '\(name)' of \(type)\(shape) has \(found) of \(expected) scalars")
        }
        let tensor = Tensor(dataType: type, shape: shape, zeroed: false)
        let base = tensor.base
        var index = 0
        try forEachScalar(field, message) { scalar in
            switch type {
            case .float32, .int32, .uint32, .complex64:
                base.storeBytes(of: UInt32(truncatingIfNeeded: scalar), toByteOffset: 4 * index, as: UInt32.self)
            case .int64, .uint64, .float64, .complex128:
                base.storeBytes(of: scalar, toByteOffset: 8 * index, as: UInt64.self)
            case .int16, .uint16, .float16, .bfloat16:
                base.storeBytes(of: UInt16(truncatingIfNeeded: scalar), toByteOffset: 2 * index, as: UInt16.self)
            case .int8, .uint8:
                base.storeBytes(of: UInt8(truncatingIfNeeded: scalar), toByteOffset: index, as: UInt8.self)
            case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0:
                base.storeBytes(of: UInt8(truncatingIfNeeded: scalar), toByteOffset: index, as: UInt8.self)
            case .uint4, .int4, .float4e2m1, .uint2, .int2:
                for element in index * 8 / bits..<min((index + 1) * 8 / bits, shape.elementCount) {
                    tensor.store(packed: UInt8(truncatingIfNeeded: scalar), at: element, bits: bits)
                }
            case .bool: base.storeBytes(of: scalar == 0 ? 0 : 1, toByteOffset: index, as: UInt8.self)
            case .string: break
            }
            index += 1
        }
        return tensor
    }

    /// The scalars of one repeated field, packed or not, as their bits: two's complement or IEEE.
    private func forEachScalar(
        _ number: Int, _ message: Range<Int>, _ body: (UInt64) -> Void
    ) throws(ONNXFormatError) {
        var reader = WireReader(storage, message)
        while let field = try reader.next() {
            guard field.number == number else {
                try reader.skip(field)
                continue
            }
            if field.type == .lengthDelimited {
                var packed = try reader.message(field)
                while packed.position < packed.end { body(try Self.scalar(number, &packed)) }
            } else {
                guard field.type == (number == 4 ? .fixed32 : number == 10 ? .fixed64 : .varint) else {
                    throw .malformed(
                        offset: field.offset, detail: "field \(number) has wire type \(field.type.rawValue)")
                }
                body(try Self.scalar(number, &reader))
            }
        }
    }

    private static func scalar(_ number: Int, _ reader: inout WireReader) throws(ONNXFormatError) -> UInt64 {
        switch number {
        case 4: UInt64(try reader.rawFixed32())
        case 10: try reader.rawFixed64()
        default: try reader.rawVarint()
        }
    }
}

extension DataType {
    /// Bytes that elements take in a file.
    fileprivate func storedByteCount(_ elementCount: Int) -> Int {
        guard let bits = storedBitWidth else { return 0 }
        return bits < 8 ? (elementCount + 8 / bits - 1) / (8 / bits) : elementCount * (bits / 8)
    }
}

extension Tensor {
    /// Writes the element that `index` finds in its byte of packed elements.
    fileprivate func store(packed byte: UInt8, at index: Int, bits: Int) {
        let shifted = byte >> UInt8(index * bits % 8)
        let isSigned = dataType == .int4 || dataType == .int2
        let value =
            isSigned
            ? UInt8(bitPattern: Int8(bitPattern: shifted << UInt8(8 - bits)) >> Int8(8 - bits))
            : shifted & (1 << UInt8(bits) - 1)
        base.storeBytes(of: value, toByteOffset: index, as: UInt8.self)
    }
}
