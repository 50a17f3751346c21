import ISP
import Imaging
import Tensors
import TestSupport
import Testing

/// Quad-Bayer and RGB-IR frames on their way to Bayer ones.
@Suite struct BayerConversionTests {
    private static let formats = MosaicArrangement.filters.filter { $0.arrangement != .bayer }.map {
        PixelFormat(cfa: $0.order, bitDepth: 12, arrangement: $0.arrangement)
    }
    private static let quads = formats.filter { if case .quad = $0.arrangement { true } else { false } }

    private let black = 64.0
    private let white = 4000.0

    private func frame(_ width: Int, _ height: Int, _ format: PixelFormat, _ sample: (Int, Int) -> Int) -> RawFrame {
        let storage = ByteStorage(byteCount: 2 * width * height)
        let words = storage.base.assumingMemoryBound(to: UInt16.self)
        for y in 0..<height { for x in 0..<width { words[y * width + x] = UInt16(sample(x, y)) } }
        return RawFrame(
            width: width, height: height, pixelFormat: format, storage: storage,
            blackLevel: [black, black, black, black], whiteLevel: white)
    }

    private func noise(_ width: Int, _ height: Int, _ format: PixelFormat) -> RawFrame {
        var generator = SplitMix64(seed: UInt64(width * 1000 + height))
        let samples = (0..<width * height).map { _ in Int.random(in: 0...4095, using: &generator) }
        return frame(width, height, format) { samples[$1 * width + $0] }
    }

    private func rows(_ frame: RawFrame) -> [[Int]] {
        (0..<frame.height).map { y in
            [UInt16](unsafeUninitializedCapacity: frame.width + 64) { buffer, count in
                if let base = buffer.baseAddress { frame.unpackRow(y, into: base) }
                count = frame.width
            }.map { Int($0) }
        }
    }

    @Test("binned samples are the sums of their four, in all orders, phases and odd sizes", arguments: quads)
    func binning(format: PixelFormat) throws {
        guard case .quad(let top, let left) = format.arrangement else { return }
        for (width, height) in [(4, 4), (9, 7), (70, 21)] {
            let source = noise(width, height, format)
            let (binned, reduction) = try source.bayer(BayerConversion())
            #expect(reduction == 2)
            #expect((binned.width, binned.height) == ((width - left) / 2, (height - top) / 2))
            #expect(binned.blackLevel == [1024, 1024, 1024, 1024] && binned.whiteLevel == 64_000)
            let (stored, made) = (rows(source), rows(binned))
            for y in 0..<binned.height {
                for x in 0..<binned.width {
                    let (row, column) = (2 * y + top, 2 * x + left)
                    let sum =
                        stored[row][column] + stored[row][column + 1] + stored[row + 1][column]
                        + stored[row + 1][column + 1]
                    #expect(made[y][x] == 4 * sum)
                    #expect(binned.pixelFormat.color(row: y, column: x) == format.color(row: row, column: column))
                }
            }
        }
    }

    @Test("samples of 16 bits are averaged")
    func deepBinning() throws {
        let source = RawFrame(
            width: 4, height: 4, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 16, arrangement: .quad),
            storage: ByteStorage([UInt8](repeating: 255, count: 32)))
        #expect(rows(try source.bayer(BayerConversion()).frame) == [[65535, 65535], [65535, 65535]])
    }

    @Test("full-size mosaics are those of the definition, in all orders, phases and odd sizes", arguments: formats)
    func remosaic(format: PixelFormat) throws {
        for (width, height) in [(4, 5), (17, 38)] {
            let source = noise(width, height, format)
            let infrared = SIMD3(0.9, 0.5, 1.1)
            let conversion = BayerConversion(quad: .remosaic, infrared: infrared)
            let made = try source.bayer(conversion).frame
            #expect(made.pixelFormat == PixelFormat(cfa: format.cfa, bitDepth: 16))
            let naive = NaiveRemosaic(
                width: width, height: height, format: format, samples: rows(source), black: black, white: white,
                infrared: infrared)
            var worst = 0.0
            for (y, row) in rows(made).enumerated() {
                for (x, sample) in row.enumerated() {
                    guard let wanted = made.pixelFormat.color(row: y, column: x) else { continue }
                    let value = 16 * (black + naive.value(y, x, wanted) * (white - black))
                    worst = max(worst, abs(Double(sample) - min(max(value, 0), 65535)))
                }
            }
            #expect(worst <= 1.5)
            // Bands do not show.
            let threads = Parallelism(width: 3) { count, piece in for index in 0..<count { piece(index) } }
            #expect(rows(try source.bayer(conversion, parallelism: threads).frame) == rows(made))
        }
    }

    @Test("an even field stays even, whatever its colour", arguments: formats)
    func evenField(format: PixelFormat) throws {
        let light = [1500, 2500, 900, 300]
        let source = frame(22, 19, format) { x, y in light[format.color(row: y, column: x)?.rawValue ?? 0] }
        let made = try source.bayer(BayerConversion(quad: .remosaic)).frame
        let hasInfrared = source.infraredPlane() != nil
        for (y, row) in rows(made).enumerated() {
            for (x, sample) in row.enumerated() {
                let color = made.pixelFormat.color(row: y, column: x)?.rawValue ?? 0
                let expected = 16 * (light[color] - (hasInfrared ? light[3] - Int(black) : 0))
                #expect(abs(sample - expected) <= 1)
            }
        }
    }

    @Test("a sample at white stays white, whatever infrared is around it")
    func clipped() throws {
        let format = PixelFormat(cfa: .bggr, bitDepth: 12, arrangement: .infraredAtRed)
        let source = frame(12, 12, format) { x, y in
            format.color(row: y, column: x) == .infrared ? 3000 : 4000
        }
        let made = try source.bayer(BayerConversion()).frame
        for (y, row) in rows(made).enumerated() {
            for (x, sample) in row.enumerated()
            where format.color(row: y, column: x) == made.pixelFormat.color(row: y, column: x) {
                #expect(sample == 64_000)
            }
        }
    }

    @Test("infrared samples make a picture of their own, in all orders and odd sizes")
    func infraredPlane() throws {
        for format in Self.formats {
            let source = noise(13, 11, format)
            let (stored, plane) = (rows(source), source.infraredPlane())
            var expected: [[Int]] = []
            for y in 0..<11 {
                let row = (0..<13).filter { format.color(row: y, column: $0) == .infrared }.map { stored[y][$0] }
                if !row.isEmpty { expected.append(row) }
            }
            #expect(plane.map { rows($0) } ?? [] == expected)
        }
    }

    @Test("gains and warps stay over what they were made for when samples are binned")
    func geometry() throws {
        var source = noise(40, 32, PixelFormat(cfa: .grbg, bitDepth: 12, arrangement: .quad))
        source.lensShading = GainGrid(
            rows: 2, columns: 2, rowOrigin: 0, columnOrigin: 0, rowStep: 31, columnStep: 39,
            gains: [[1, 2, 1, 2], [1, 1, 1, 1], [1, 1, 1, 1], [3, 3, 3, 3]])
        source.lensWarp = LensWarp(
            planes: [.init(radial: SIMD4(1, 0, 0, 0), tangential: SIMD2(0, 0))], centerX: 19.5, centerY: 15.5,
            radius: 25)
        let binned = try source.bayer(BayerConversion()).frame
        let grid = try #require(binned.lensShading)
        #expect(abs(grid.columnOrigin + 0.25) < 1e-12 && abs(grid.columnStep - 19.5) < 1e-12)
        let warp = try #require(binned.lensWarp)
        #expect((warp.centerX, warp.centerY, warp.radius) == (9.5, 7.5, 12.5))
    }

    @Test("a profile's black level is in the sensor's sample values, whatever the mosaic becomes")
    func profileBlackLevel() throws {
        var profile = ISPProfile.standard
        profile.blackLevel = [100, 100, 100, 100]
        let source = noise(8, 8, PixelFormat(cfa: .rggb, bitDepth: 12, arrangement: .quad))
        let developer = Developer(profile: profile)
        let parameters = try developer.parameters(for: developer.bayer(source).frame)
        #expect(parameters.blackLevel == [1600, 1600, 1600, 1600] && parameters.whiteLevel == 64_000)
    }

    @Test("the chain names a mosaic that it does not take, and what is too small is named")
    func errors() throws {
        let source = noise(8, 8, PixelFormat(cfa: .rggb, bitDepth: 12, arrangement: .quad))
        let developer = Developer(profile: .standard)
        #expect(throws: ISPError.self) { try developer.develop(source) }
        let small = noise(3, 8, PixelFormat(cfa: .rggb, bitDepth: 12, arrangement: .quad))
        #expect(throws: ISPError.self) { try developer.bayer(small) }
        let bayer = noise(8, 8, PixelFormat(cfa: .rggb, bitDepth: 12))
        #expect(try developer.bayer(bayer).frame.storage === bayer.storage)
    }
}
