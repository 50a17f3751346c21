import Codecs
import Imaging
import Tensors
import Testing

@Suite("JPEG")
struct JPEGTests {
    @Test("keeps a smooth picture close through encoding and decoding", arguments: [Picture.Format.gray8, .rgb8])
    func roundTrip(format: Picture.Format) throws {
        for (width, height) in [(1, 1), (7, 5), (8, 8), (17, 33), (64, 48)] {
            let picture = Picture.gradient(width: width, height: height, format: format)
            let encoded = try ImageEncoder.encodeJPEG(picture, quality: 95)
            let decoded = try JPEGDecoder.decode(ByteStorage(encoded))
            #expect(decoded.picture.format == format)
            #expect((decoded.picture.width, decoded.picture.height) == (width, height))
            #expect(decoded.orientation == .up)
            // A mean square error of 10 is 38 dB.
            #expect(mse(decoded.picture.pixelBytes, picture.pixelBytes) < 10, "\(width)×\(height)")
        }
    }

    @Test("loses more at lower quality and takes fewer bytes")
    func quality() throws {
        let picture = Picture.noise(width: 64, height: 64, format: .rgb8)
        let files = try [20, 60, 95].map { try ImageEncoder.encodeJPEG(picture, quality: $0) }
        #expect(files[0].count < files[1].count && files[1].count < files[2].count)
    }

    @Test("rounds 16-bit pictures to 8 bits", arguments: [Picture.Format.gray16, .rgb16])
    func narrows(format: Picture.Format) throws {
        let narrow = Picture.gradient(width: 20, height: 10, format: format == .gray16 ? .gray8 : .rgb8)
        let wide = Picture(width: 20, height: 10, format: format)
        for (index, value) in narrow.pixelBytes.enumerated() {
            wide.storage.mutableBytes.storeBytes(
                of: UInt16(value) * 257, toByteOffset: 2 * index, as: UInt16.self)
        }
        #expect(
            try ImageEncoder.encodeJPEG(wide, quality: 90) == ImageEncoder.encodeJPEG(narrow, quality: 90))
    }

    @Test("encodes rows that are padded")
    func paddedRows() throws {
        let plain = Picture.gradient(width: 13, height: 9, format: .rgb8)
        let storage = ByteStorage(byteCount: 64 * 9)
        for y in 0..<9 { (storage.base + 64 * y).copyMemory(from: plain.row(y), byteCount: 39) }
        let padded = Picture(width: 13, height: 9, format: .rgb8, rowStride: 64, storage: storage)
        #expect(try ImageEncoder.encodeJPEG(padded, quality: 80) == ImageEncoder.encodeJPEG(plain, quality: 80))
        #expect(try ImageEncoder.encodePNG(padded) == ImageEncoder.encodePNG(plain))
    }

    @Test("decodes at a half, a quarter and an eighth of the size, rounded up", arguments: [1, 2, 4, 8])
    func scaled(denominator: Int) throws {
        let encoded = try ImageEncoder.encodeJPEG(.gradient(width: 45, height: 31, format: .rgb8), quality: 90)
        let picture = try JPEGDecoder.decode(ByteStorage(encoded), scaleDenominator: denominator).picture
        #expect(picture.width == (45 + denominator - 1) / denominator)
        #expect(picture.height == (31 + denominator - 1) / denominator)
    }

    @Test("refuses a scale or quality outside the range")
    func arguments() throws {
        let picture = Picture(width: 8, height: 8, format: .gray8)
        #expect(throws: CodecError.argument(field: "quality", detail: "is 0, but goes from 1 to 100")) {
            try ImageEncoder.encodeJPEG(picture, quality: 0)
        }
        let encoded = ByteStorage(try ImageEncoder.encodeJPEG(picture, quality: 1))
        #expect(throws: CodecError.self) { try JPEGDecoder.decode(encoded, scaleDenominator: 3) }
    }

    @Test("reads the EXIF orientation in either byte order", arguments: Orientation.allCases, [false, true])
    func orientation(orientation: Orientation, isBigEndian: Bool) throws {
        let encoded = try ImageEncoder.encodeJPEG(.gradient(width: 8, height: 8, format: .rgb8), quality: 80)
        let file = withEXIF(encoded, orientation: UInt8(orientation.rawValue), isBigEndian: isBigEndian)
        guard case .picture(_, let found) = try ImageDecoder.decode(ByteStorage(file)) else {
            Issue.record("no picture")
            return
        }
        #expect(found == orientation)
    }

    @Test("takes a broken orientation as upright", arguments: [0, 9, 255])
    func brokenOrientation(value: UInt8) throws {
        let encoded = try ImageEncoder.encodeJPEG(.gradient(width: 8, height: 8, format: .rgb8), quality: 80)
        let file = withEXIF(encoded, orientation: value, isBigEndian: true)
        #expect(try JPEGDecoder.decode(ByteStorage(file)).orientation == .up)
    }

    @Test("refuses a picture that was cut off anywhere, instead of filling it in")
    func truncation() throws {
        let baseline = try ImageEncoder.encodeJPEG(.noise(width: 16, height: 16, format: .rgb8), quality: 30)
        for file in [baseline, try fixture("progressive.jpg").array, try fixture("cmyk.jpg").array] {
            Corruption.refusesEveryTruncation(of: file) { _ = try ImageDecoder.decode($0) }
        }
    }

    @Test("survives 10,000 files with changed bytes", arguments: ["progressive.jpg", "cmyk.jpg", "gray.jpg"])
    func flips(name: String) throws {
        try Corruption.survivesFlips(of: fixture(name).array) { _ = try JPEGDecoder.decode($0, limits: tightLimits) }
    }

    @Test("checks the size in the header before it allocates")
    func bomb() throws {
        var file = try ImageEncoder.encodeJPEG(.gradient(width: 8, height: 8, format: .gray8), quality: 80)
        let frame = try #require(file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
        file.replaceSubrange((frame + 5)..<(frame + 9), with: [0xFF, 0xDC, 0xFF, 0xDC])
        #expect(
            throws: CodecError.limitExceeded(format: "JPEG", field: "width", limit: 32_768, value: 65_500)
        ) { try ImageDecoder.decode(ByteStorage(file)) }
        let wide = DecodeLimits(maximumDimension: 65_535)
        #expect(
            throws: CodecError.limitExceeded(
                format: "JPEG", field: "width × height", limit: 64 << 20, value: 65_500 * 65_500)
        ) { try ImageDecoder.decode(ByteStorage(file), limits: wide) }
    }

    @Test("refuses a progressive file with thousands of scans")
    func scanBomb() throws {
        let file = try fixture("progressive.jpg").array
        // The first scan over and over.
        let scans = file.indices.dropLast().filter { file[$0] == 0xFF && file[$0 + 1] == 0xDA }
        try #require(scans.count > 1)
        let repeated = [[UInt8]](repeating: Array(file[scans[0]..<scans[1]]), count: 600).joined()
        let bomb = file[..<scans[0]] + repeated + file[scans[0]...]
        #expect(throws: CodecError.limitExceeded(format: "JPEG", field: "scans", limit: 500, value: 501)) {
            try JPEGDecoder.decode(ByteStorage(Array(bomb)))
        }
    }

    private func withEXIF(_ file: [UInt8], orientation: UInt8, isBigEndian: Bool) -> [UInt8] {
        let tiff: [UInt8] =
            isBigEndian
            ? [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
            : [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 18, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
        let payload = [0x45, 0x78, 0x69, 0x66, 0, 0] + tiff
        return Array(file[..<2]) + [0xFF, 0xE1, 0, UInt8(payload.count + 2)] + payload + Array(file[2...])
    }
}
