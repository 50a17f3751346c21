/// The opcodes of one of a DNG's three lists (DNG specification 1.7, chapter 7). Lists are big-endian whatever the file is.
///
/// Every opcode of known kind is read and checked. One of unknown kind, or written for a later specification than 1.7, is
/// passed over when its flags allow that.
struct DNGOpcodeList {
    struct Entry {
        let id: Int
        let opcode: DNGOpcode
        let isOptional: Bool
    }

    let tag: TIFFTag
    private(set) var entries: [Entry] = []
    private let directory: TIFFDirectory

    private static let opcodeLimit = 1024
    private static let byteLimit = 16 << 20
    /// Of one opcode before its parameters.
    private static let headerByteCount = 16
    private static let latestVersion = 0x0107_0000
    /// The flag that lets readers leave an opcode out.
    private static let optionalFlag = 1

    /// - Throws: `CodecError.unsupported` naming an opcode that may not be left out and is not known.
    init(_ tag: TIFFTag, _ directory: TIFFDirectory) throws(CodecError) {
        self.tag = tag
        self.directory = directory
        guard let bytes = try directory.undefinedBytes(tag, atMost: Self.byteLimit) else { return }
        let reader = ByteReader(bytes: bytes, isBigEndian: true)
        guard bytes.count >= 4 else { throw directory.fault(tag, "ends before its count") }
        let count = reader.uint32(0)
        guard count <= Self.opcodeLimit else {
            throw .limitExceeded(
                format: directory.format, field: "opcodes of \(tag.name)", limit: Self.opcodeLimit, value: count)
        }
        var position = 4
        for _ in 0..<count {
            guard bytes.count - position >= Self.headerByteCount else {
                throw directory.fault(tag, "ends inside an opcode")
            }
            let (id, version) = (reader.uint32(position), reader.uint32(position + 4))
            let (flags, length) = (reader.uint32(position + 8), reader.uint32(position + 12))
            let start = position + Self.headerByteCount
            guard length <= bytes.count - start else {
                throw directory.fault(tag, "has an opcode of \(length) bytes, past its end")
            }
            var parameters = DNGOpcodeReader(reader, start: start, count: length, opcode: id, tag: tag, directory)
            let isOptional = flags & Self.optionalFlag != 0
            if version <= Self.latestVersion, let opcode = try DNGOpcode(id: id, &parameters) {
                entries.append(Entry(id: id, opcode: opcode, isOptional: isOptional))
            } else if !isOptional {
                throw directory.unsupported(
                    tag, "opcode \(id) of version \(version >> 24).\(version >> 16 & 255), which may not be left out")
            }
            position = start + length
        }
    }

    /// Whether an opcode maps values between black and white to others.
    var changesValues: Bool {
        entries.contains { if case .map(let area, _) = $0.opcode { area.plane == 0 && area.planes > 0 } else { false } }
    }

    /// For an opcode that cannot be done in this list: throws unless it may be left out.
    func leaveOut(_ entry: Entry, _ reason: String = "is not done in this list") throws(CodecError) {
        guard entry.isOptional else {
            throw directory.unsupported(tag, "opcode \(entry.id), which may not be left out, \(reason)")
        }
    }
}

/// Takes an opcode's parameters one after the other, none past its end.
struct DNGOpcodeReader {
    let opcode: Int
    let tag: TIFFTag
    let directory: TIFFDirectory
    private let reader: ByteReader
    private var position: Int
    private let end: Int

    init(
        _ reader: ByteReader, start: Int, count: Int, opcode: Int, tag: TIFFTag, _ directory: TIFFDirectory
    ) {
        self.reader = reader
        self.opcode = opcode
        self.tag = tag
        self.directory = directory
        position = start
        end = start + count
    }

    var bytesLeft: Int { end - position }

    mutating func integer() throws(CodecError) -> Int {
        try need(4)
        defer { position += 4 }
        return reader.uint32(position)
    }

    mutating func short() throws(CodecError) -> UInt16 {
        try need(2)
        defer { position += 2 }
        return UInt16(truncatingIfNeeded: reader.uint16(position))
    }

    /// A finite single precision number.
    mutating func single() throws(CodecError) -> Double {
        try finite(Double(Float(bitPattern: UInt32(truncatingIfNeeded: integer()))))
    }

    /// A finite double precision number.
    mutating func double() throws(CodecError) -> Double {
        try need(8)
        defer { position += 8 }
        return try finite(Double(bitPattern: reader.uint64(position)))
    }

    /// Throws unless `count` things of `size` bytes are left: before room for them is made.
    func need(_ size: Int, count: Int = 1) throws(CodecError) {
        guard count <= bytesLeft / size else { throw fault("ends early") }
    }

    func fault(_ detail: String) -> CodecError { directory.fault(tag, "opcode \(opcode) \(detail)") }

    private func finite(_ value: Double) throws(CodecError) -> Double {
        guard value.isFinite else { throw fault("holds \(value)") }
        return value
    }
}
