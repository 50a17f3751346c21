/// The directories of a TIFF file, read where they lie. Every offset and count is checked against the file before it is
/// followed (TIFF 6.0, section 2).
struct TIFFFile {
    /// Directories that one file may have; cameras write fewer than ten.
    static let maximumDirectoryCount = 64

    let bytes: UnsafeRawBufferPointer
    let isBigEndian: Bool
    /// What errors call the file: `DNG`, `TIFF`, `EXIF`.
    let format: String
    /// The first directory.
    let main: TIFFDirectory

    init(_ bytes: UnsafeRawBufferPointer, format: String) throws(CodecError) {
        guard bytes.count >= 8 else {
            throw .malformed(format: format, field: "header", detail: "ended early, after \(bytes.count) bytes")
        }
        isBigEndian = bytes[0] == 0x4D
        self.bytes = bytes
        self.format = format
        let reader = ByteReader(bytes: bytes, isBigEndian: isBigEndian)
        main = try TIFFDirectory(reader, offset: reader.uint32(4), format: format)
    }

    /// All directories: the chain that starts with the first, each followed by its SubIFDs.
    func directories() throws(CodecError) -> [TIFFDirectory] {
        let reader = ByteReader(bytes: bytes, isBigEndian: isBigEndian)
        var found: [TIFFDirectory] = []
        var visited: Set<Int> = []
        func add(_ directory: TIFFDirectory) throws(CodecError) {
            guard visited.insert(directory.offset).inserted else {
                throw .malformed(
                    format: format, field: "IFD", detail: "at byte \(directory.offset) is linked in a loop")
            }
            guard found.count < Self.maximumDirectoryCount else {
                throw .limitExceeded(
                    format: format, field: "number of IFDs", limit: Self.maximumDirectoryCount, value: found.count + 1)
            }
            found.append(directory)
        }
        var next: TIFFDirectory? = main
        while let directory = next {
            try add(directory)
            let children = try directory.integers(.subIFDs, atMost: Self.maximumDirectoryCount) ?? []
            for child in children { try add(TIFFDirectory(reader, offset: child, format: format)) }
            next =
                directory.nextOffset == 0
                ? nil : try TIFFDirectory(reader, offset: directory.nextOffset, format: format)
        }
        return found
    }
}

/// Loads numbers of a TIFF's byte order. Callers have checked the position.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    let isBigEndian: Bool

    func uint16(_ position: Int) -> Int {
        let value = bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self)
        return Int(isBigEndian ? UInt16(bigEndian: value) : UInt16(littleEndian: value))
    }

    func uint32(_ position: Int) -> Int {
        let value = bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
        return Int(isBigEndian ? UInt32(bigEndian: value) : UInt32(littleEndian: value))
    }

    func uint64(_ position: Int) -> UInt64 {
        let value = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        return isBigEndian ? UInt64(bigEndian: value) : UInt64(littleEndian: value)
    }
}
