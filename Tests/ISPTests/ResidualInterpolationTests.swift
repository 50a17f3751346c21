import CKernels
import ISP
import Imaging
import TestSupport
import Testing

@Suite("Residual interpolation")
struct ResidualInterpolationTests {
    typealias Tile = (UnsafePointer<ck_mlri>?) -> Void

    struct Level: CustomTestStringConvertible, @unchecked Sendable {
        var name: String
        var tile: Tile
        var testDescription: String { name }
    }

    static let levels: [Level] = {
        var levels = [Level(name: "portable", tile: ck_u16_demosaic_mlri__portable)]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            levels.append(Level(name: "avx2", tile: ck_u16_demosaic_mlri__avx2))
        }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
            levels.append(Level(name: "avx512", tile: ck_u16_demosaic_mlri__avx512))
        }
        #endif
        return levels
    }()

    /// Smooth light with noise and hard edges, so that every branch of the weights is taken.
    private static func samples(_ width: Int, _ height: Int) -> [[UInt16]] {
        var random = SplitMix64(seed: UInt64(width * 1000 + height))
        return (0..<height).map { y in
            (0..<width).map { x in
                if (x / 9 + y / 7) % 3 == 0 { return Bool.random(using: &random) ? 65535 : 0 }
                return UInt16(20_000 + (300 * x + 200 * y) % 40_000 + Int.random(in: 0..<2000, using: &random))
            }
        }
    }

    @Test(
        "agrees with the formulas at every level, order and size", arguments: levels,
        [(2, 2), (15, 3), (16, 5), (17, 64), (61, 9)])
    func kernels(level: Level, size: (Int, Int)) {
        for cfa in CFAPattern.allCases { check(level, cfa: cfa, width: size.0, height: size.1) }
    }

    private func check(_ level: Level, cfa: CFAPattern, width: Int, height: Int) {
        let samples = Self.samples(width, height)
        let (margin, reach) = (Int(ck_mlri_margin), Int(ck_mlri_reach))
        let pitch = width + 2 * margin + 16
        func reflect(_ index: Int, _ count: Int) -> Int {
            var index = index
            while index < 0 || index >= count { index = index < 0 ? -index : 2 * (count - 1) - index }
            return index
        }
        let padded = (-reach..<height + reach).flatMap { y in
            (0..<pitch).map { samples[reflect(y, height)][reflect($0 - margin, width)] }
        }
        let planePitch = (width + 15) / 16 * 16
        var planes = [UInt16](repeating: 7, count: 3 * planePitch * height)
        // What is left from another tile must not show.
        var scratch = (0..<ck_mlri_scratch_count()).map { Float($0 % 977) }
        padded.withUnsafeBufferPointer { mosaic in
            scratch.withUnsafeMutableBufferPointer { scratch in
                planes.withUnsafeMutableBufferPointer { planes in
                    var tile = ck_mlri(
                        samples: mosaic.baseAddress.map { $0 + reach * pitch + margin }, pitch: pitch, width: width,
                        rows: height, red_row: UInt32(cfa.redSite.row), red_column: UInt32(cfa.redSite.column),
                        scratch: scratch.baseAddress, red: planes.baseAddress,
                        green: planes.baseAddress.map { $0 + planePitch * height },
                        blue: planes.baseAddress.map { $0 + 2 * planePitch * height }, plane_pitch: planePitch)
                    level.tile(&tile)
                }
            }
        }
        let expected = NaiveResidualInterpolation(samples, cfa: cfa).planes()
        for color in 0..<3 {
            for y in 0..<height {
                let first = (color * height + y) * planePitch
                let found = planes[first..<first + width].map { Int($0) }
                #expect(found == expected[color][y], "colour \(color), row \(y)")
            }
        }
    }

    @Test("tiles and strips leave no seams")
    func seams() throws {
        let (width, height) = (Int(ck_mlri_width) + 23, Int(ck_mlri_rows) + 9)
        let samples = Self.samples(width, height)
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: .bggr, bitDepth: 16))
        let picture = try demosaicOnly(frame, method: .mlri, domain: .linear, format: .rgb16)
        let expected = NaiveResidualInterpolation(samples, cfa: .bggr).planes()
        for y in 0..<height {
            for x in 0..<width { #expect(picture.samples(x, y) == expected.map { $0[y][x] }) }
        }
    }
}
