internal import Tensors

/// A cursor over one protobuf message: a byte range of a storage that stays where it is.
///
/// Wire format: https://protobuf.dev/programming-guides/encoding. Groups, which ONNX never uses, are malformed here.
struct WireReader {
    enum WireType: UInt8 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case fixed32 = 5
    }

    /// A field's tag, read; its value comes next.
    struct Field {
        var number: Int
        var type: WireType
        /// Where the tag starts.
        var offset: Int
    }

    let storage: ByteStorage
    private(set) var position: Int
    let end: Int

    init(_ storage: ByteStorage) { self.init(storage, 0..<storage.byteCount) }

    /// `range` lies inside `storage`.
    init(_ storage: ByteStorage, _ range: Range<Int>) {
        self.storage = storage
        position = range.lowerBound
        end = range.upperBound
    }

    var range: Range<Int> { position..<end }

    /// The next field's tag; `nil` at the end of the message.
    mutating func next() throws(ONNXFormatError) -> Field? {
        guard position < end else { return nil }
        let offset = position
        let tag = try rawVarint()
        guard let type = WireType(rawValue: UInt8(tag & 7)) else {
            throw .malformed(offset: offset, detail: "wire type \(tag & 7)")
        }
        let number = tag >> 3
        guard number >= 1, number < 1 << 29 else { throw .malformed(offset: offset, detail: "field number \(number)") }
        return Field(number: Int(number), type: type, offset: offset)
    }

    mutating func skip(_ field: Field) throws(ONNXFormatError) {
        switch field.type {
        case .varint: _ = try rawVarint()
        case .fixed64: try advance(8)
        case .fixed32: try advance(4)
        case .lengthDelimited: _ = try bytes(field)
        }
    }

    /// An `int64` value.
    mutating func int(_ field: Field) throws(ONNXFormatError) -> Int {
        try expect(.varint, field)
        return Int(Int64(bitPattern: try rawVarint()))
    }

    mutating func float(_ field: Field) throws(ONNXFormatError) -> Float {
        try expect(.fixed32, field)
        return Float(bitPattern: try rawFixed32())
    }

    /// The byte range of a length-delimited value.
    mutating func bytes(_ field: Field) throws(ONNXFormatError) -> Range<Int> {
        try expect(.lengthDelimited, field)
        let length = try rawVarint()
        guard length <= UInt64(end - position) else { throw .truncated(offset: field.offset) }
        let start = position
        position += Int(length)
        return start..<position
    }

    mutating func message(_ field: Field) throws(ONNXFormatError) -> WireReader {
        WireReader(storage, try bytes(field))
    }

    /// Text; bytes that are not UTF-8 become U+FFFD.
    mutating func string(_ field: Field) throws(ONNXFormatError) -> String {
        String(decoding: storage.bytes[try bytes(field)], as: UTF8.self)
    }

    /// A repeated `int64` field, packed or one element at a time, appended to `elements`.
    mutating func ints(
        _ field: Field, into elements: inout [Int], limit: Int, what: String
    ) throws(ONNXFormatError) {
        if field.type == .lengthDelimited {
            var packed = try message(field)
            while packed.position < packed.end {
                elements.append(Int(Int64(bitPattern: try packed.rawVarint())))
                try Allowance.check(what, elements.count, limit)
            }
        } else {
            elements.append(try int(field))
            try Allowance.check(what, elements.count, limit)
        }
    }

    /// A repeated `float` field, packed or one element at a time, appended to `elements`.
    mutating func floats(
        _ field: Field, into elements: inout [Float], limit: Int, what: String
    ) throws(ONNXFormatError) {
        if field.type == .lengthDelimited {
            var packed = try message(field)
            guard packed.range.count % 4 == 0 else {
                throw .malformed(offset: field.offset, detail: "packed floats of \(packed.range.count) bytes")
            }
            try Allowance.check(what, elements.count + packed.range.count / 4, limit)
            elements.reserveCapacity(elements.count + packed.range.count / 4)
            while packed.position < packed.end { elements.append(Float(bitPattern: try packed.rawFixed32())) }
        } else {
            elements.append(try float(field))
            try Allowance.check(what, elements.count, limit)
        }
    }

    mutating func rawVarint() throws(ONNXFormatError) -> UInt64 {
        let start = position
        let base = storage.base
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = base.load(fromByteOffset: position, as: UInt8.self)
            position += 1
            if shift == 63 && byte > 1 { throw .malformed(offset: start, detail: "a varint over 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { throw .malformed(offset: start, detail: "a varint over 10 bytes") }
        }
        throw .truncated(offset: start)
    }

    mutating func rawFixed32() throws(ONNXFormatError) -> UInt32 {
        let start = position
        try advance(4)
        return UInt32(littleEndian: storage.base.loadUnaligned(fromByteOffset: start, as: UInt32.self))
    }

    mutating func rawFixed64() throws(ONNXFormatError) -> UInt64 {
        let start = position
        try advance(8)
        return UInt64(littleEndian: storage.base.loadUnaligned(fromByteOffset: start, as: UInt64.self))
    }

    private mutating func advance(_ count: Int) throws(ONNXFormatError) {
        guard count <= end - position else { throw .truncated(offset: position) }
        position += count
    }

    private func expect(_ type: WireType, _ field: Field) throws(ONNXFormatError) {
        guard field.type == type else {
            throw .malformed(
                offset: field.offset,
                detail: "field \(field.number) has wire type \(field.type.rawValue), not \(type.rawValue)")
        }
    }
}
