internal import Tensors

/// Where the samples of one directory lie: strips or tiles, their depth and compression.
///
/// Reads uncompressed and deflated samples of 8 to 16 bits (packed most significant bit first when neither 8 nor 16, each row
/// from a whole byte, whatever the file's byte order), lossless JPEG, and floating point samples of 16, 24 and 32 bits.
struct TIFFRaster {
    enum Compression {
        case none
        case losslessJPEG
        case deflate
    }

    let width: Int
    let height: Int
    let samplesPerPixel: Int
    let bitsPerSample: Int
    /// Whether samples are floating point numbers: IEEE 754 of 16 and 32 bits, DNG's of 24.
    let isFloatingPoint: Bool
    let compression: Compression
    let predictor: TIFFPredictor?
    let isBigEndian: Bool
    /// Size of a strip or tile in pixels. Strips are as wide as the picture.
    let chunkWidth: Int
    let chunkHeight: Int
    let isTiled: Bool
    /// Bytes of each strip or tile in the file, in reading order; all inside the file.
    let chunks: [Range<Int>]
    let format: String
    private let directory: TIFFDirectory

    var chunksAcross: Int { (width + chunkWidth - 1) / chunkWidth }
    /// Bytes of a row of an uncompressed strip or tile.
    var chunkRowByteCount: Int { (chunkWidth * samplesPerPixel * bitsPerSample + 7) / 8 }

    init(_ directory: TIFFDirectory, in file: TIFFFile, limits: DecodeLimits) throws(CodecError) {
        self.directory = directory
        isBigEndian = file.isBigEndian
        format = file.format
        width = try directory.requiredInteger(.imageWidth)
        height = try directory.requiredInteger(.imageLength)
        try limits.check(width: width, height: height, format: file.format)
        samplesPerPixel = try directory.integer(.samplesPerPixel) ?? 1
        guard (1...4).contains(samplesPerPixel) else {
            throw directory.unsupported(.samplesPerPixel, "\(samplesPerPixel)")
        }
        let depths = try directory.integers(.bitsPerSample, atMost: 4) ?? [1]
        guard let depth = depths.first, depths.allSatisfy({ $0 == depth }) else {
            throw directory.unsupported(.bitsPerSample, "differ from sample to sample")
        }
        bitsPerSample = depth
        switch try directory.integer(.sampleFormat) ?? 1 {
        case 1: isFloatingPoint = false
        case 3: isFloatingPoint = true
        case let code:
            throw directory.unsupported(.sampleFormat, "\(code); 1 (unsigned) and 3 (floating point) are read")
        }
        guard isFloatingPoint ? [16, 24, 32].contains(depth) : (8...16).contains(depth) else {
            throw directory.unsupported(
                .bitsPerSample, "\(depth); 8 to 16 are read, and 16, 24 and 32 of floating point samples")
        }
        if let order = try directory.integer(.fillOrder), order != 1 {
            throw directory.unsupported(.fillOrder, "\(order) (reversed bits)")
        }
        if samplesPerPixel > 1, let planar = try directory.integer(.planarConfiguration), planar != 1 {
            throw directory.unsupported(.planarConfiguration, "\(planar) (separate planes)")
        }
        switch try directory.integer(.compression) ?? 1 {
        case 1: compression = .none
        case 7 where !isFloatingPoint: compression = .losslessJPEG
        case 8, 32946: compression = .deflate
        case let code: throw directory.unsupported(.compression, Self.compressionName(code))
        }
        predictor = try TIFFPredictor(code: directory.integer(.predictor) ?? 1, directory)

        isTiled = directory.contains(.tileOffsets)
        if isTiled {
            chunkWidth = try directory.requiredInteger(.tileWidth)
            chunkHeight = try directory.requiredInteger(.tileLength)
            // A tile may stick out of the picture, but no sensible one is larger than the largest picture.
            for (tag, value) in [(TIFFTag.tileWidth, chunkWidth), (.tileLength, chunkHeight)] {
                guard value > 0 else { throw directory.fault(tag, "is 0") }
                guard value <= limits.maximumDimension else {
                    throw .limitExceeded(
                        format: file.format, field: tag.name, limit: limits.maximumDimension, value: value)
                }
            }
            guard chunkWidth * chunkHeight <= limits.maximumPixelCount else {
                throw .limitExceeded(
                    format: file.format, field: "TileWidth × TileLength", limit: limits.maximumPixelCount,
                    value: chunkWidth * chunkHeight)
            }
        } else {
            chunkWidth = width
            let rows = try directory.integer(.rowsPerStrip) ?? height
            guard rows > 0 else { throw directory.fault(.rowsPerStrip, "is 0") }
            chunkHeight = min(rows, height)
        }
        let chunkCount =
            ((width + chunkWidth - 1) / chunkWidth) * ((height + chunkHeight - 1) / chunkHeight)
        chunks = try Self.chunkRanges(directory, isTiled: isTiled, count: chunkCount, fileSize: file.bytes.count)
        try checkPredictor()
        try checkChunkSizes()
    }

    private func checkPredictor() throws(CodecError) {
        guard let predictor else { return }
        let isPossible =
            compression == .deflate
            && (predictor.kind == .floatingPoint ? isFloatingPoint : bitsPerSample == 8 || bitsPerSample == 16)
        guard isPossible else {
            throw directory.unsupported(
                .predictor,
                "on samples of \(bitsPerSample) bits\(compression == .deflate ? "" : " that are not deflated")")
        }
    }

    /// Rows of strip or tile `index`: the last strip may be shorter.
    func rows(ofChunk index: Int) -> Int {
        isTiled ? chunkHeight : min(chunkHeight, height - index * chunkHeight)
    }

    private static func chunkRanges(
        _ directory: TIFFDirectory, isTiled: Bool, count: Int, fileSize: Int
    ) throws(CodecError) -> [Range<Int>] {
        let offsetTag = isTiled ? TIFFTag.tileOffsets : .stripOffsets
        let countTag = isTiled ? TIFFTag.tileByteCounts : .stripByteCounts
        guard let offsets = try directory.integers(offsetTag, atMost: count) else { throw directory.missing(offsetTag) }
        guard let byteCounts = try directory.integers(countTag, atMost: count) else {
            throw directory.missing(countTag)
        }
        for (tag, values) in [(offsetTag, offsets), (countTag, byteCounts)] where values.count != count {
            throw directory.fault(tag, "has \(values.count) values, but the picture has \(count) strips or tiles")
        }
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(count)
        for (offset, byteCount) in zip(offsets, byteCounts) {
            guard offset <= fileSize, byteCount <= fileSize - offset else {
                throw directory.fault(
                    offsetTag, "\(byteCount) bytes at \(offset) lie outside the file of \(fileSize) bytes")
            }
            ranges.append(offset..<offset + byteCount)
        }
        return ranges
    }

    /// What deflate can make of one byte, at most (zlib's technical details).
    private static let deflateRatio = 1032

    /// Before anything is allocated: no strip or tile may promise more samples than its bytes can hold.
    private func checkChunkSizes() throws(CodecError) {
        for (index, range) in chunks.enumerated() {
            let samples = chunkRowByteCount * rows(ofChunk: index)
            let needed: Int
            switch compression {
            case .none: needed = samples
            case .deflate: needed = samples / Self.deflateRatio
            case .losslessJPEG: continue
            }
            guard range.count >= needed else {
                throw directory.fault(
                    isTiled ? .tileByteCounts : .stripByteCounts, "is \(range.count), but the samples take \(needed)")
            }
        }
    }

    private static func compressionName(_ code: Int) -> String {
        let names = [
            2: "CCITT", 3: "CCITT", 4: "CCITT", 5: "LZW", 6: "old JPEG", 8: "deflate", 32773: "PackBits",
            32946: "deflate", 34713: "Nikon NEF", 34892: "lossy JPEG", 52546: "JPEG XL",
        ]
        return names[code].map { "\(code) (\($0))" } ?? "\(code)"
    }
}
