import CKernels
import Imaging
import TestSupport
import Testing

private typealias Rows = UnsafePointer<UnsafePointer<UInt16>?>
private typealias Plane = UnsafeMutablePointer<UInt16>

private struct DemosaicKernels: CustomTestStringConvertible, @unchecked Sendable {
    var level: String
    var bilinear: (Rows?, Int, UInt32, Plane?, Plane?, Plane?) -> Void
    var mhc: (Rows?, Int, UInt32, Plane?, Plane?, Plane?) -> Void
    var half: (UnsafePointer<UInt16>?, UnsafePointer<UInt16>?, Int, UInt32, Plane?, Plane?, Plane?) -> Void
    var bin: (UnsafePointer<UInt16>?, UnsafePointer<UInt16>?, Int, Plane?) -> Void

    var testDescription: String { level }

    static let all: [DemosaicKernels] = {
        var levels = [
            DemosaicKernels(
                level: "portable", bilinear: ck_u16_demosaic_bilinear__portable, mhc: ck_u16_demosaic_mhc__portable,
                half: ck_u16_demosaic_half__portable, bin: ck_u16_bin__portable)
        ]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            levels.append(
                DemosaicKernels(
                    level: "avx2", bilinear: ck_u16_demosaic_bilinear__avx2, mhc: ck_u16_demosaic_mhc__avx2,
                    half: ck_u16_demosaic_half__avx2, bin: ck_u16_bin__avx2))
        }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
            levels.append(
                DemosaicKernels(
                    level: "avx512", bilinear: ck_u16_demosaic_bilinear__avx512, mhc: ck_u16_demosaic_mhc__avx512,
                    half: ck_u16_demosaic_half__avx512, bin: ck_u16_bin__avx512))
        }
        #endif
        return levels
    }()
}

/// Mosaics that hurt: noise over the full range, and black against white.
private func mosaic(width: Int, height: Int, extreme: Bool, seed: UInt64) -> [[UInt16]] {
    var random = SplitMix64(seed: seed)
    return (0..<height).map { _ in
        (0..<width).map { _ in
            extreme ? (Bool.random(using: &random) ? 65535 : 0) : UInt16.random(in: 0...65535, using: &random)
        }
    }
}

/// Planes of one mosaic, as a row kernel fills them.
private struct Planes: Equatable {
    /// Red, green, blue by row and column.
    var values: [[[Int]]]

    /// Runs a row kernel over a mosaic whose rows carry mirrored borders.
    init(
        _ mosaic: [[UInt16]], cfa: CFAPattern, radius: Int,
        kernel: (Rows?, Int, UInt32, Plane?, Plane?, Plane?) -> Void
    ) {
        let width = mosaic[0].count
        let height = mosaic.count
        let margin = 64
        let pitch = width + 2 * margin
        func mirrored(_ index: Int, _ count: Int) -> Int {
            var index = index
            while index < 0 || index >= count { index = index < 0 ? -index : 2 * (count - 1) - index }
            return index
        }
        var padded = [UInt16](repeating: 0xdead, count: pitch * (height + 2 * radius))
        for y in -radius..<height + radius {
            for x in -2..<width + 2 {
                padded[(y + radius) * pitch + margin + x] = mosaic[mirrored(y, height)][mirrored(x, width)]
            }
        }
        values = []
        padded.withUnsafeBufferPointer { padded in
            for y in 0..<height {
                let rows = (0...2 * radius).map { padded.baseAddress?.advanced(by: (y + $0) * pitch + margin) }
                var own = [UInt16](repeating: 0, count: pitch)
                var green = own
                var other = own
                let isRed = cfa.redSite.row == y & 1
                let phase = isRed ? cfa.redSite.column : 1 - cfa.redSite.column
                kernel(rows, width, UInt32(phase), &own, &green, &other)
                let (red, blue) = isRed ? (own, other) : (other, own)
                values.append((0..<width).map { [Int(red[$0]), Int(green[$0]), Int(blue[$0])] })
            }
        }
    }

    init(_ mosaic: [[UInt16]], method: (Int, Int) -> [Int]) {
        values = mosaic.indices.map { y in mosaic[0].indices.map { x in method(y, x) } }
    }
}

@Suite("Demosaic kernels")
struct DemosaicKernelTests {
    private static let sizes = [(2, 2), (3, 5), (31, 4), (32, 3), (33, 6), (67, 5), (130, 4)]

    @Test("match the definition at every size, order and level", arguments: DemosaicKernels.all, CFAPattern.allCases)
    private func matchTheDefinition(level: DemosaicKernels, cfa: CFAPattern) {
        for (width, height) in Self.sizes {
            for extreme in [false, true] {
                let mosaic = mosaic(width: width, height: height, extreme: extreme, seed: UInt64(width))
                let naive = NaiveDemosaic(mosaic: mosaic, cfa: cfa)
                #expect(
                    Planes(mosaic, cfa: cfa, radius: 1, kernel: level.bilinear)
                        == Planes(mosaic, method: naive.bilinear), "bilinear \(width)x\(height)")
                #expect(
                    Planes(mosaic, cfa: cfa, radius: 2, kernel: level.mhc) == Planes(mosaic, method: naive.malvar),
                    "mhc \(width)x\(height)")
            }
        }
    }

    @Test("stay within 5 of Malvar's filters in real numbers, overshoot clipped", arguments: CFAPattern.allCases)
    func closeToThePaper(cfa: CFAPattern) {
        for extreme in [false, true] {
            let mosaic = mosaic(width: 64, height: 32, extreme: extreme, seed: 5)
            let naive = NaiveDemosaic(mosaic: mosaic, cfa: cfa)
            var worst = 0.0
            for y in 0..<32 {
                for x in 0..<64 {
                    for (rounded, exact) in zip(naive.malvar(y, x), naive.malvarExact(y, x)) {
                        worst = max(worst, abs(Double(rounded) - exact))
                    }
                }
            }
            #expect(worst <= 5, "\(worst)")
        }
    }

    @Test("bin blocks at every width and level", arguments: DemosaicKernels.all)
    private func bin(level: DemosaicKernels) {
        for width in [1, 2, 15, 16, 17, 63, 64, 65] {
            let rows = mosaic(width: 2 * width, height: 2, extreme: false, seed: UInt64(width))
            for phase in 0..<2 {
                var own = [UInt16](repeating: 0, count: width + 32)
                var green = own
                var other = own
                level.half(rows[0], rows[1], width, UInt32(phase), &own, &green, &other)
                for x in 0..<width {
                    #expect(own[x] == rows[0][2 * x + phase])
                    #expect(other[x] == rows[1][2 * x + 1 - phase])
                    #expect(Int(green[x]) == (Int(rows[0][2 * x + 1 - phase]) + Int(rows[1][2 * x + phase]) + 1) / 2)
                }
            }
            var gray = [UInt16](repeating: 0, count: width + 32)
            level.bin(rows[0], rows[1], width, &gray)
            for x in 0..<width {
                let sum = [rows[0][2 * x], rows[0][2 * x + 1], rows[1][2 * x], rows[1][2 * x + 1]].reduce(0) {
                    $0 + Int($1)
                }
                #expect(Int(gray[x]) == (sum + 2) / 4)
            }
        }
    }
}
