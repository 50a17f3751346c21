import CKernels
import ISP
import Imaging
import Tensors
import TestSupport
import Testing

private typealias Plane = UnsafeMutablePointer<UInt16>

private struct EdgeSensingKernels: CustomTestStringConvertible, @unchecked Sendable {
    var level: String
    var take: (UnsafePointer<ck_led>?, Int, UnsafePointer<UInt16>?) -> Void
    var finish: (UnsafePointer<ck_led>?, Int, UnsafePointer<UInt16>?, Plane?, Plane?, Plane?) -> Void

    var testDescription: String { level }

    static let all: [EdgeSensingKernels] = {
        var levels = [
            EdgeSensingKernels(
                level: "portable", take: ck_u16_led_take__portable, finish: ck_u16_led_finish__portable)
        ]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            levels.append(
                EdgeSensingKernels(level: "avx2", take: ck_u16_led_take__avx2, finish: ck_u16_led_finish__avx2))
        }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
            levels.append(
                EdgeSensingKernels(level: "avx512", take: ck_u16_led_take__avx512, finish: ck_u16_led_finish__avx512))
        }
        #endif
        return levels
    }()

    /// Red, green and blue by row and column, from `firstRow` on.
    func develop(_ mosaic: [[UInt16]], cfa: CFAPattern, firstRow: Int = 0) -> [[[Int]]] {
        let width = mosaic[0].count
        let height = mosaic.count
        func mirrored(_ index: Int, _ count: Int) -> Int {
            var index = index
            while index < 0 || index >= count { index = index < 0 ? -index : 2 * (count - 1) - index }
            return index
        }
        let red = cfa.redSite
        func phase(_ y: Int) -> Int { y & 1 == red.row ? red.column : 1 - red.column }
        let margin = 64
        let reach = Int(ck_led_reach)
        func padded(_ y: Int) -> [UInt16] {
            var row = [UInt16](repeating: 0xdead, count: width + 64 + 2 * margin)
            for x in -reach - 1..<width + reach + 1 {
                row[margin + x] = mosaic[mirrored(y, height)][mirrored(x, width)]
            }
            return row
        }
        let storage = ByteStorage(byteCount: 2 * ck_led_sample_count(width))
        var rings = ck_led(
            samples: storage.base.assumingMemoryBound(to: Int16.self), width: width, phase: UInt32(phase(0)))
        func feed(_ y: Int) {
            padded(y).withUnsafeBufferPointer { take(&rings, y, $0.baseAddress.map { $0 + margin }) }
        }
        for y in firstRow - reach..<firstRow + reach { feed(y) }
        return (firstRow..<height).map { y in
            feed(y + reach)
            var own = [UInt16](repeating: 0, count: width + 64)
            var green = own
            var other = own
            padded(y).withUnsafeBufferPointer {
                finish(&rings, y, $0.baseAddress.map { $0 + margin }, &own, &green, &other)
            }
            let (reds, blues) = y & 1 == red.row ? (own, other) : (other, own)
            return (0..<width).map { [Int(reds[$0]), Int(green[$0]), Int(blues[$0])] }
        }
    }
}

private func noise(width: Int, height: Int, extreme: Bool = false, seed: UInt64) -> [[UInt16]] {
    var random = SplitMix64(seed: seed)
    return (0..<height).map { _ in
        (0..<width).map { _ in
            extreme ? (Bool.random(using: &random) ? 65535 : 0) : UInt16.random(in: 0...65535, using: &random)
        }
    }
}

@Suite("Edge-sensing demosaic")
struct EdgeSensingTests {
    @Test(
        "matches the definition at every size, order and level", arguments: EdgeSensingKernels.all, CFAPattern.allCases)
    private func matchesTheDefinition(level: EdgeSensingKernels, cfa: CFAPattern) {
        for (width, height) in [(2, 2), (3, 5), (8, 20), (17, 3), (31, 4), (33, 6), (56, 3), (67, 5), (130, 4)] {
            for extreme in [false, true] {
                let mosaic = noise(width: width, height: height, extreme: extreme, seed: UInt64(width))
                let naive = NaiveEdgeSensing(mosaic: mosaic, cfa: cfa)
                let expected = (0..<height).map { y in (0..<width).map { x in naive.pixel(y, x) } }
                #expect(level.develop(mosaic, cfa: cfa) == expected, "\(width)x\(height) extreme: \(extreme)")
            }
        }
    }

    @Test("starts at any row with the same result", arguments: EdgeSensingKernels.all)
    private func startsAnywhere(level: EdgeSensingKernels) {
        let mosaic = noise(width: 40, height: 37, seed: 3)
        let whole = level.develop(mosaic, cfa: .grbg)
        for row in [1, 2, 15, 16, 36] {
            #expect(level.develop(mosaic, cfa: .grbg, firstRow: row) == Array(whole[row...]))
        }
    }

    @Test("prefers no direction: a mirrored or transposed mosaic gives the mirrored or transposed picture")
    func symmetry() throws {
        func picture(_ mosaic: [[UInt16]]) throws -> [[[Int]]] {
            let frame = RawFrame(samples: mosaic, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 16))
            let picture = try demosaicOnly(frame, method: .led, domain: .linear, format: .rgb16)
            return (0..<picture.height).map { y in (0..<picture.width).map { x in picture.samples(x, y) } }
        }
        // Odd sizes: a red sample in every corner.
        let mosaic = noise(width: 37, height: 25, seed: 8)
        let developed = try picture(mosaic)
        #expect(try picture(mosaic.map { $0.reversed() }) == developed.map { $0.reversed() })
        #expect(try picture(mosaic.reversed()) == developed.reversed())
        #expect(
            try picture((0..<37).map { x in mosaic.map { $0[x] } }) == (0..<37).map { x in developed.map { $0[x] } })
    }

    @Test("follows an edge: a line one sample wide stays unbroken and without colour", arguments: [true, false])
    func line(isVertical: Bool) throws {
        let samples = (0..<24).map { y in (0..<24).map { x in UInt16((isVertical ? x : y) == 11 ? 200 : 40) } }
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 8))
        let picture = try demosaicOnly(frame, method: .led, domain: .linear, format: .rgb8)
        for position in 0..<24 {
            let onLine = isVertical ? picture.samples(11, position) : picture.samples(position, 11)
            #expect(onLine[1] >= 195, "\(onLine)")
        }
    }
}
