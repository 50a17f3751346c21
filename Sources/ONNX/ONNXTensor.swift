package import Tensors

/// An ONNX `TensorProto`: type, extents, and where its elements lie. ``makeTensor(directory:limits:)`` reads them.
package struct ONNXTensor: Sendable {
    /// Where the elements are.
    package enum Location: Sendable, Equatable {
        /// `raw_data`: little-endian elements at this byte range of the file, at any alignment.
        case raw(Range<Int>)
        /// `float_data`, `int32_data`, … : fields of the message at this byte range.
        case typed(Range<Int>)
        /// A range of another file; `byteCount` is `nil` when it goes on to the end.
        case external(path: String, offset: Int, byteCount: Int?)
    }

    package var name = ""
    package var elementType = 0
    package var extents: [Int] = []
    package var location: Location
    let storage: ByteStorage
    let offset: Int

    /// Maps a file that holds one bare `TensorProto`, as ONNX's test data does.
    package static func load(path: String, limits: ONNXLimits = .init()) throws(ONNXFormatError) -> ONNXTensor {
        let storage: ByteStorage
        do { storage = try ByteStorage.mapping(path: path) } catch { throw .file(error) }
        return try ONNXTensor(storage: storage, limits: limits)
    }

    package init(storage: ByteStorage, limits: ONNXLimits = .init()) throws(ONNXFormatError) {
        try self.init(WireReader(storage), limits)
    }

    /// A tensor in memory, whose storage is shared; elements of less than 8 bits are packed as files have them.
    package init(name: String, _ tensor: Tensor) {
        self.name = name
        elementType = Int(tensor.dataType.rawValue)
        extents = tensor.shape.dimensions
        offset = 0
        if let bits = tensor.dataType.storedBitWidth, bits < 8 {
            var packed = [UInt8](repeating: 0, count: (tensor.elementCount * bits + 7) / 8)
            withExtendedLifetime(tensor.storage) {
                for (index, byte) in tensor.bytes.enumerated() {
                    packed[index * bits / 8] |= (byte & (1 << UInt8(bits) - 1)) << UInt8(index * bits % 8)
                }
            }
            storage = ByteStorage(packed)
            location = .raw(0..<packed.count)
        } else {
            storage = tensor.storage
            location = .raw(tensor.byteOffset..<tensor.byteOffset + tensor.byteCount)
        }
    }

    init(_ message: WireReader, _ limits: ONNXLimits) throws(ONNXFormatError) {
        var reader = message
        storage = reader.storage
        offset = reader.position
        location = .typed(reader.range)
        var isExternal = false
        var external = ExternalEntries()
        while let field = try reader.next() {
            switch field.number {
            case 1: try reader.ints(field, into: &extents, limit: limits.tensorRank, what: "rank of a tensor")
            case 2: elementType = try reader.int(field)
            case 3: throw .unsupported(offset: field.offset, detail: "a segmented tensor")
            case 8: name = try reader.string(field)
            case 9: location = .raw(try reader.bytes(field))
            case 13: try external.read(try reader.message(field))
            case 14: isExternal = try reader.int(field) == 1
            default: try reader.skip(field)
            }
        }
        guard let count = Shape.checkedElementCount(of: extents) else {
            throw .malformed(offset: offset, detail: "tensor '\(name)' has extents \(extents)")
        }
        try Allowance.check("number of elements of tensor '\(name)'", count, limits.tensorElements)
        if isExternal { location = try external.location(tensor: name) }
    }

    /// The element type; string tensors and types this build does not store are unsupported.
    package func dataType() throws(ONNXFormatError) -> DataType {
        guard let code = Int32(exactly: elementType), let type = DataType(rawValue: code), type.byteWidth != nil else {
            throw .unsupported(offset: offset, detail: "tensor '\(name)' has element type \(elementType)")
        }
        return type
    }
}

/// The key-value pairs that say where external data lies.
private struct ExternalEntries {
    private var path = ""
    private var offset = "0"
    private var byteCount: String?

    mutating func read(_ message: WireReader) throws(ONNXFormatError) {
        var reader = message
        var key = ""
        var value = ""
        while let field = try reader.next() {
            switch field.number {
            case 1: key = try reader.string(field)
            case 2: value = try reader.string(field)
            default: try reader.skip(field)
            }
        }
        switch key {
        case "location": path = value
        case "offset": offset = value
        case "length": byteCount = value
        default: break
        }
    }

    func location(tensor: String) throws(ONNXFormatError) -> ONNXTensor.Location {
        guard let start = Int(offset), start >= 0 else {
            throw .externalData(tensor: tensor, detail: "offset '\(offset)'")
        }
        guard let byteCount else { return .external(path: path, offset: start, byteCount: nil) }
        guard let count = Int(byteCount), count >= 0 else {
            throw .externalData(tensor: tensor, detail: "length '\(byteCount)'")
        }
        return .external(path: path, offset: start, byteCount: count)
    }
}
