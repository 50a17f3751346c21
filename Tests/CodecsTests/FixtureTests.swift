import Codecs
import Imaging
import Tensors
import Testing

/// Files that other people's encoders made; the formulas are those of `tools/make-codec-fixtures.py`.
@Suite("Files by other encoders")
struct FixtureTests {
    private let width = 23
    private let height = 17

    private var rgb: [UInt8] {
        (0..<width * height * 3).map { index -> UInt8 in
            let (x, y) = (index / 3 % width, index / 3 / width)
            return UInt8([x * 11, y * 15, (x + y) * 6][index % 3] % 256)
        }
    }

    private func mosaic(_ width: Int, _ height: Int, bits: Int) -> [Int] {
        (0..<height).flatMap { y in (0..<width).map { x in (x * 37 + y * 101 + x * y) % (1 << bits) } }
    }

    private func picture(_ name: String) throws -> Picture {
        try #require(ImageDecoder.decode(fixture(name)).picture)
    }

    @Test("reads RGB, palette and alpha as the same RGB", arguments: ["rgb.png", "rgba.png", "rgb.tiff"])
    func exact(name: String) throws {
        let decoded = try picture(name)
        #expect(decoded.format == .rgb8)
        #expect(decoded.pixelBytes == rgb)
    }

    @Test("looks palettes up")
    func palette() throws {
        let decoded = try picture("palette.png")
        #expect(decoded.format == .rgb8)
        // 391 colours in a palette of 256.
        #expect(mse(decoded.pixelBytes, rgb) < 40)
    }

    @Test("widens one bit to eight")
    func bilevel() throws {
        let decoded = try picture("bilevel.png")
        #expect(decoded.format == .gray8)
        #expect(decoded.pixelBytes == stride(from: 0, to: rgb.count, by: 3).map { rgb[$0] > 127 ? 255 : 0 })
    }

    @Test("keeps 16 bits in the machine's byte order", arguments: ["gray16.png", "gray16.tiff"])
    func gray16(name: String) throws {
        let decoded = try picture(name)
        #expect(decoded.format == .gray16)
        let samples = decoded.pixelBytes.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
        #expect(samples.map { Int($0) } == mosaic(width, height, bits: 16))
    }

    @Test("reads progressive and CMYK JPEG as RGB", arguments: ["progressive.jpg", "cmyk.jpg"])
    func jpeg(name: String) throws {
        let decoded = try picture(name)
        #expect(decoded.format == .rgb8)
        #expect((decoded.width, decoded.height) == (width, height))
        #expect(mse(decoded.pixelBytes, rgb) < 60)
    }

    @Test(
        "reads uncompressed DNG of 10, 12 and 16 bits",
        arguments: [("pidng_packed10.dng", 10), ("pidng_packed12.dng", 12), ("pidng_words16.dng", 16)])
    func uncompressedDNG(name: String, bits: Int) throws {
        let frame = try DNGDecoder.decode(fixture(name))
        #expect(frame.samples == mosaic(64, 48, bits: bits))
        #expect(frame.pixelFormat == PixelFormat(cfa: .gbrg, bitDepth: bits))
        #expect(frame.blackLevel == [16, 16, 16, 16])
        #expect(frame.whiteLevel == Double(1 << bits - 1))
        #expect(frame.whiteBalanceGains == SIMD3(2, 1, 1.25))
        #expect(frame.orientation == .down)
        let calibration = try #require(frame.color?.calibrations.first)
        #expect(calibration.temperature == 6504)
        #expect(calibration.xyzToCamera?[1, 1] == 1.0121)
    }

    @Test(
        "reads big-endian DNG in lossless JPEG tiles that stick out of the picture",
        arguments: [("lossless12_tiles.dng", 12), ("lossless16_tiles.dng", 16)])
    func losslessDNG(name: String, bits: Int) throws {
        let frame = try DNGDecoder.decode(fixture(name))
        #expect((frame.width, frame.height) == (40, 48))
        #expect(frame.pixelFormat == PixelFormat(cfa: .rggb, bitDepth: bits))
        #expect(frame.samples == mosaic(40, 48, bits: bits))
    }
}
