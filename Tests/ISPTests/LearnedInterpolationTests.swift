import CKernels
import ISP
import Imaging
import Tensors
import TestSupport
import Testing

@Suite("Learned interpolation")
struct LearnedInterpolationTests {
    struct Level: CustomTestStringConvertible, @unchecked Sendable {
        var name: String
        var begin: (UnsafePointer<ck_cnn>?) -> Void
        var take: (UnsafePointer<ck_cnn>?, Int, UnsafePointer<UInt16>?, UnsafePointer<UInt16>?) -> Void
        var finish: (UnsafePointer<ck_cnn>?, Int, UnsafePointer<ck_cnn_planes>?) -> Void
        var testDescription: String { name }
    }

    static let levels: [Level] = {
        var levels = [
            Level(
                name: "portable", begin: ck_u16_cnn_begin__portable, take: ck_u16_cnn_take__portable,
                finish: ck_u16_cnn_finish__portable)
        ]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            levels.append(
                Level(
                    name: "avx2", begin: ck_u16_cnn_begin__avx2, take: ck_u16_cnn_take__avx2,
                    finish: ck_u16_cnn_finish__avx2))
        }
        if ck_isa_supported().rawValue >= ck_isa_vnni.rawValue {
            levels.append(
                Level(
                    name: "vnni", begin: ck_u16_cnn_begin__vnni, take: ck_u16_cnn_take__vnni,
                    finish: ck_u16_cnn_finish__vnni))
        }
        #endif
        return levels
    }()

    /// Smooth light with noise, and hard edges to both ends of the range.
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
        [(2, 2), (3, 3), (15, 4), (16, 5), (17, 8), (31, 7), (47, 6)])
    func kernels(level: Level, size: (Int, Int)) {
        for cfa in CFAPattern.allCases { check(level, cfa: cfa, width: size.0, height: size.1) }
    }

    private func check(_ level: Level, cfa: CFAPattern, width: Int, height: Int) {
        let samples = Self.samples(width, height)
        let expected = NaiveLearnedInterpolation(samples, cfa: cfa).planes()
        func reflect(_ index: Int, _ count: Int) -> Int {
            var index = index
            while index < 0 || index >= count { index = index < 0 ? -index : 2 * (count - 1) - index }
            return index
        }
        let margin = 32
        let pitch = width + 2 * margin + 64
        func row(_ y: Int) -> [UInt16] { (0..<pitch).map { samples[reflect(y, height)][reflect($0 - margin, width)] } }
        // What lay in memory before must not show.
        let byteCount = ck_cnn_byte_count(width)
        let work = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        defer { work.deallocate() }
        for index in 0..<byteCount {
            work.storeBytes(of: UInt8(truncatingIfNeeded: index &* 31), toByteOffset: index, as: UInt8.self)
        }
        let red = cfa.redSite
        var network = ck_cnn(
            bytes: work.assumingMemoryBound(to: UInt8.self), width: width, red_column: UInt32(red.column))
        level.begin(&network)
        var planes = [UInt16](repeating: 7, count: 6 * pitch)
        planes.withUnsafeMutableBufferPointer { storage in
            guard let base = storage.baseAddress else { return }
            let rows = (0..<6).map { base + $0 * pitch + margin }
            var planes = ck_cnn_planes(
                red: (rows[0], rows[1]), green: (rows[2], rows[3]), blue: (rows[4], rows[5]))
            let quads = -red.row..<height / 2 + 1
            for taken in quads.lowerBound - Int(ck_cnn_reach)..<quads.upperBound + Int(ck_cnn_reach) {
                row(2 * taken + red.row).withUnsafeBufferPointer { redRow in
                    row(2 * taken + red.row + 1).withUnsafeBufferPointer { blueRow in
                        guard let redRow = redRow.baseAddress, let blueRow = blueRow.baseAddress else { return }
                        level.take(&network, taken, redRow + margin, blueRow + margin)
                    }
                }
                let quad = taken - Int(ck_cnn_reach)
                guard quads.contains(quad) else { continue }
                level.finish(&network, quad, &planes)
                for y in [2 * quad + red.row, 2 * quad + red.row + 1] where (0..<height).contains(y) {
                    for color in 0..<3 {
                        let plane = rows[2 * color + ((y - red.row) & 1)]
                        #expect(
                            (0..<width).map { Int(plane[$0]) } == expected[color][y],
                            "\(cfa), colour \(color), row \(y)")
                    }
                }
            }
        }
    }

    @Test("bands leave no seams", arguments: [CFAPattern.gbrg, .rggb])
    func seams(cfa: CFAPattern) throws {
        let samples = Self.samples(37, 200)
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 16))
        let picture = try demosaicOnly(
            frame, method: .cnn, domain: .linear, format: .rgb16,
            parallelism: Parallelism(width: 3) { count, piece in for index in 0..<count { piece(index) } })
        let expected = NaiveLearnedInterpolation(samples, cfa: cfa).planes()
        for y in 0..<200 {
            for x in 0..<37 { #expect(picture.samples(x, y) == expected.map { $0[y][x] }) }
        }
    }
}
