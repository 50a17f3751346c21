/// One image file directory: its entries by tag, and their values on demand.
struct TIFFDirectory {
    /// TIFF 6.0's field types, and IFD (TIFF technical note 1).
    private enum FieldType: Int {
        case byte = 1
        case ascii, short, long, rational, signedByte, undefined, signedShort, signedLong, signedRational, float
        case double, ifd

        var size: Int {
            switch self {
            case .byte, .ascii, .signedByte, .undefined: 1
            case .short, .signedShort: 2
            case .long, .signedLong, .float, .ifd: 4
            case .rational, .signedRational, .double: 8
            }
        }
    }

    private struct Entry {
        var type: FieldType
        var count: Int
        var position: Int
    }

    let offset: Int
    /// Of the next directory in the chain; 0 ends it.
    let nextOffset: Int
    let format: String
    private let reader: ByteReader
    private var entries: [UInt16: Entry] = [:]

    /// Reads the entries at `offset`. Entries of unknown type are passed over, as TIFF 6.0 asks.
    init(_ reader: ByteReader, offset: Int, format: String) throws(CodecError) {
        let fileSize = reader.bytes.count
        guard offset >= 8, offset <= fileSize - 2 else {
            throw .malformed(
                format: format, field: "IFD", detail: "at byte \(offset) lies outside the file of \(fileSize) bytes")
        }
        let count = reader.uint16(offset)
        let end = offset + 2 + 12 * count
        guard end + 4 <= fileSize else {
            throw .malformed(
                format: format, field: "IFD", detail: "at byte \(offset) with \(count) entries ended early")
        }
        for index in 0..<count {
            let position = offset + 2 + 12 * index
            guard let type = FieldType(rawValue: reader.uint16(position + 2)) else { continue }
            let valueCount = reader.uint32(position + 4)
            let byteCount = valueCount * type.size
            let valuePosition = byteCount <= 4 ? position + 8 : reader.uint32(position + 8)
            let tag = reader.uint16(position)
            // An entry that points outside the file counts only when it is asked for.
            let isInside = valuePosition <= fileSize && byteCount <= fileSize - valuePosition
            entries[UInt16(tag)] = Entry(type: type, count: valueCount, position: isInside ? valuePosition : -1)
        }
        nextOffset = reader.uint32(end)
        self.offset = offset
        self.format = format
        self.reader = reader
    }

    func contains(_ tag: TIFFTag) -> Bool { entries[tag.rawValue] != nil }

    /// The first value of an integer tag; `nil` when the tag is absent.
    func integer(_ tag: TIFFTag) throws(CodecError) -> Int? {
        guard let entry = try entry(tag) else { return nil }
        return try integer(tag, entry, 0)
    }

    func requiredInteger(_ tag: TIFFTag) throws(CodecError) -> Int {
        guard let value = try integer(tag) else { throw missing(tag) }
        return value
    }

    /// All values of an integer tag, which may be at most `limit`.
    func integers(_ tag: TIFFTag, atMost limit: Int) throws(CodecError) -> [Int]? {
        guard let entry = try entry(tag) else { return nil }
        try checkCount(tag, entry, limit)
        var values: [Int] = []
        values.reserveCapacity(entry.count)
        for index in 0..<entry.count { values.append(try integer(tag, entry, index)) }
        return values
    }

    /// All values of a numeric tag, rationals included, which may be at most `limit`. All are finite.
    func numbers(_ tag: TIFFTag, atMost limit: Int) throws(CodecError) -> [Double]? {
        guard let entry = try entry(tag) else { return nil }
        try checkCount(tag, entry, limit)
        var values: [Double] = []
        values.reserveCapacity(entry.count)
        for index in 0..<entry.count {
            let value = try number(tag, entry, index)
            guard value.isFinite else { throw fault(tag, "holds \(value)") }
            values.append(value)
        }
        return values
    }

    /// The bytes of a tag that holds a structure of its own, which may be at most `limit`; `nil` when the tag is absent.
    func undefinedBytes(_ tag: TIFFTag, atMost limit: Int) throws(CodecError) -> UnsafeRawBufferPointer? {
        guard let entry = try entry(tag) else { return nil }
        guard entry.type == .undefined || entry.type == .byte else { throw fault(tag, "is no string of bytes") }
        try checkCount(tag, entry, limit)
        return UnsafeRawBufferPointer(rebasing: reader.bytes[entry.position..<entry.position + entry.count])
    }

    /// Exactly `count` numbers, or `nil` when the tag is absent.
    func numbers(_ tag: TIFFTag, exactly count: Int) throws(CodecError) -> [Double]? {
        guard let values = try numbers(tag, atMost: count) else { return nil }
        guard values.count == count else { throw fault(tag, "has \(values.count) values instead of \(count)") }
        return values
    }

    func fault(_ tag: TIFFTag, _ detail: String) -> CodecError {
        .malformed(format: format, field: tag.name, detail: detail)
    }

    func unsupported(_ tag: TIFFTag, _ detail: String) -> CodecError {
        .unsupported(format: format, field: tag.name, detail: detail)
    }

    func missing(_ tag: TIFFTag) -> CodecError { fault(tag, "is missing") }

    private func entry(_ tag: TIFFTag) throws(CodecError) -> Entry? {
        guard let entry = entries[tag.rawValue] else { return nil }
        guard entry.position >= 0 else { throw fault(tag, "\(entry.count) values lie outside the file") }
        guard entry.count > 0 else { throw fault(tag, "has no values") }
        return entry
    }

    private func checkCount(_ tag: TIFFTag, _ entry: Entry, _ limit: Int) throws(CodecError) {
        guard entry.count <= limit else {
            throw .limitExceeded(format: format, field: "values of \(tag.name)", limit: limit, value: entry.count)
        }
    }

    private func integer(_ tag: TIFFTag, _ entry: Entry, _ index: Int) throws(CodecError) -> Int {
        let position = entry.position + index * entry.type.size
        switch entry.type {
        case .byte, .undefined: return Int(reader.bytes[position])
        case .short: return reader.uint16(position)
        case .long, .ifd: return reader.uint32(position)
        case .rational, .signedRational:
            // Some writers give whole-numbered tags such as DefaultCropSize as rationals.
            let value = try number(tag, entry, index).rounded()
            guard let whole = Int(exactly: value) else { throw fault(tag, "holds \(value)") }
            return whole
        default: throw fault(tag, "is of a type that holds no whole numbers from 0 up")
        }
    }

    private func number(_ tag: TIFFTag, _ entry: Entry, _ index: Int) throws(CodecError) -> Double {
        let position = entry.position + index * entry.type.size
        switch entry.type {
        case .byte, .undefined: return Double(reader.bytes[position])
        case .signedByte: return Double(Int8(bitPattern: reader.bytes[position]))
        case .short: return Double(reader.uint16(position))
        case .signedShort: return Double(Int16(truncatingIfNeeded: reader.uint16(position)))
        case .long, .ifd: return Double(reader.uint32(position))
        case .signedLong: return Double(Int32(truncatingIfNeeded: reader.uint32(position)))
        case .rational:
            let denominator = reader.uint32(position + 4)
            guard denominator != 0 else { throw fault(tag, "divides by zero") }
            return Double(reader.uint32(position)) / Double(denominator)
        case .signedRational:
            let denominator = Int32(truncatingIfNeeded: reader.uint32(position + 4))
            guard denominator != 0 else { throw fault(tag, "divides by zero") }
            return Double(Int32(truncatingIfNeeded: reader.uint32(position))) / Double(denominator)
        case .float: return Double(Float(bitPattern: UInt32(reader.uint32(position))))
        case .double: return Double(bitPattern: reader.uint64(position))
        case .ascii: throw fault(tag, "is text instead of numbers")
        }
    }
}
