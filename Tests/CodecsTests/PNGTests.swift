import Codecs
import Imaging
import Tensors
import TestSupport
import Testing

@Suite("PNG")
struct PNGTests {
    @Test("keeps every bit through encoding and decoding", arguments: Picture.Format.allCases, [0, 3, 9])
    func roundTrip(format: Picture.Format, level: Int) throws {
        for (width, height) in [(1, 1), (3, 2), (31, 17), (64, 40)] {
            let picture = Picture.noise(width: width, height: height, format: format)
            let encoded = try ImageEncoder.encodePNG(picture, compressionLevel: level)
            let decoded = try #require(ImageDecoder.decode(ByteStorage(encoded)).picture)
            #expect(decoded.format == format)
            #expect(decoded.pixelBytes == picture.pixelBytes)
        }
    }

    @Test("refuses a compression level outside the range")
    func level() {
        #expect(throws: CodecError.self) {
            try ImageEncoder.encodePNG(Picture(width: 1, height: 1, format: .gray8), compressionLevel: 10)
        }
    }

    @Test("takes a grey PNG as a mosaic when a pixel format is given", arguments: [8, 10, 12, 14, 16])
    func mosaic(bitDepth: Int) throws {
        let format = PixelFormat(cfa: .grbg, bitDepth: bitDepth)
        let noise = RawFrame.noise(width: 20, height: 12, format: format)
        let picture = Picture(
            width: 20, height: 12, format: bitDepth == 8 ? .gray8 : .gray16, rowStride: noise.rowStride,
            storage: noise.storage)
        var description = RawDescription()
        description.pixelFormat = format
        description.blackLevel = [25]
        let frame = try #require(
            ImageDecoder.decode(ByteStorage(ImageEncoder.encodePNG(picture)), description: description).frame)
        #expect(frame.samples == noise.samples)
        #expect(frame.pixelFormat == format)
        #expect(frame.blackLevel == [25, 25, 25, 25])
        #expect(frame.whiteLevel == Double(format.maximumSample))
    }

    @Test("refuses a mosaic that contradicts the pixel format")
    func contradictions() throws {
        func decode(_ picture: Picture, _ name: String) throws {
            var description = RawDescription()
            description.pixelFormat = PixelFormat(name: name)
            _ = try ImageDecoder.decode(ByteStorage(ImageEncoder.encodePNG(picture)), description: description)
        }
        let wide = Picture(width: 4, height: 4, format: .gray16)
        wide.row(2).storeBytes(of: 1500, toByteOffset: 6, as: UInt16.self)
        try decode(wide, "SGRBG12")
        #expect(
            throws: CodecError.argument(
                field: "pixelFormat",
                detail: "is SGRBG10 with samples up to 1023, but the PNG has 1500 at row 2, column 3")
        ) { try decode(wide, "SGRBG10") }
        let narrow = Picture(width: 4, height: 4, format: .gray8)
        for (picture, name) in [
            (wide, "SGRBG8"), (narrow, "SGRBG10"), (wide, "SGRBG10_CSI2P"),
            (Picture(width: 4, height: 4, format: .rgb8), "SGRBG8"),
        ] {
            let error = #expect(throws: CodecError.self) { try decode(picture, name) }
            guard case .argument(field: "pixelFormat", _) = error else {
                Issue.record("\(name): \(String(describing: error))")
                continue
            }
        }
    }

    @Test(
        "refuses a file that was cut off anywhere", arguments: ["palette.png", "rgba.png", "gray16.png", "bilevel.png"])
    func truncation(name: String) throws {
        try Corruption.refusesEveryTruncation(of: fixture(name).array) { _ = try ImageDecoder.decode($0) }
    }

    @Test("survives 10,000 files with changed bytes", arguments: ["palette.png", "rgba.png", "gray16.png"])
    func flips(name: String) throws {
        try Corruption.survivesFlips(of: fixture(name).array) {
            _ = try PNGDecoder.decode($0, limits: tightLimits)
        }
    }

    @Test("checks the size in the header before it allocates", arguments: [UInt32(65_535), 2_000_000_000])
    func bomb(extent: UInt32) throws {
        var file = try ImageEncoder.encodePNG(Picture(width: 1, height: 1, format: .rgb16))
        for (start, value) in [(16, extent), (20, extent)] {
            for index in 0..<4 { file[start + index] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * index)) }
        }
        let checksum = crc32(file[12..<29])
        for index in 0..<4 { file[29 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * index)) }
        let error = #expect(throws: CodecError.self) { try ImageDecoder.decode(ByteStorage(file)) }
        #expect(
            error == .limitExceeded(format: "PNG", field: "width", limit: 32_768, value: Int(extent))
                || extent > 1_000_000_000)
    }

    private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }
}

extension SourceImage {
    var picture: Picture? {
        if case .picture(let picture, _) = self { picture } else { nil }
    }

    var frame: RawFrame? {
        if case .raw(let frame) = self { frame } else { nil }
    }
}
