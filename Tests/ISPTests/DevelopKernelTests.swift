import CKernels
import ISP
import TestSupport
import Testing

private typealias Plane = UnsafeMutablePointer<UInt16>
private typealias ReadPlane = UnsafePointer<UInt16>

private struct DevelopKernels: CustomTestStringConvertible, @unchecked Sendable {
    var level: String
    var linearize: (ReadPlane?, Int, UnsafePointer<ck_linearity>?, Plane?) -> Void
    var color: (Plane?, Plane?, Plane?, Int, UnsafePointer<ck_color>?) -> Void
    var rgb8: (ReadPlane?, ReadPlane?, ReadPlane?, Int, UnsafePointer<ck_tone>?, UnsafeMutablePointer<UInt8>?) -> Void
    var rgb16: (ReadPlane?, ReadPlane?, ReadPlane?, Int, UnsafePointer<ck_tone>?, Plane?) -> Void

    var testDescription: String { level }

    static let all: [DevelopKernels] = {
        var levels = [
            DevelopKernels(
                level: "portable", linearize: ck_u16_linearize__portable, color: ck_u16_color__portable,
                rgb8: ck_u16_tone_rgb8__portable, rgb16: ck_u16_tone_rgb16__portable)
        ]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            levels.append(
                DevelopKernels(
                    level: "avx2", linearize: ck_u16_linearize__avx2, color: ck_u16_color__avx2,
                    rgb8: ck_u16_tone_rgb8__portable, rgb16: ck_u16_tone_rgb16__portable))
        }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
            levels.append(
                DevelopKernels(
                    level: "avx512", linearize: ck_u16_linearize__avx512, color: ck_u16_color__avx512,
                    rgb8: ck_u16_tone_rgb8__avx512, rgb16: ck_u16_tone_rgb16__avx512))
        }
        #endif
        return levels
    }()
}

private func noise(_ count: Int, seed: UInt64) -> [UInt16] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in UInt16.random(in: 0...65535, using: &random) }
}

private func rounded(_ value: Float) -> UInt16 { UInt16(value + 0.5) }

private func clip(_ value: Float, _ limit: Float) -> Float { value > 0 ? (value < limit ? value : limit) : 0 }

@Suite("Kernels for sample values")
struct DevelopKernelTests {
    private static let widths = [1, 2, 15, 16, 31, 32, 33, 63, 64, 65, 200]

    @Test("linearise to the bit of the definition, clipping at both ends", arguments: DevelopKernels.all, [0, 1])
    private func linearize(level: DevelopKernels, root: Int32) {
        let unit: Float = root == 1 ? 65535 : 1
        var linearity = ck_linearity(black: (600, 601.5), scale: (4.4 * unit, 8.7 * unit), root: root)
        for width in Self.widths {
            var raw = noise(width + 64, seed: 3).map { $0 >> 1 }
            raw[0] = 0
            var target = [UInt16](repeating: 0, count: width + 64)
            level.linearize(raw, width, &linearity, &target)
            for x in 0..<width {
                let even = x % 2 == 0
                let light =
                    (Float(raw[x]) - (even ? linearity.black.0 : linearity.black.1))
                    * (even ? linearity.scale.0 : linearity.scale.1)
                let value = clip(light, root == 1 ? 65535 * 65535 : 65535)
                #expect(target[x] == rounded(root == 1 ? value.squareRoot() : value))
            }
        }
    }

    @Test(
        "apply a colour matrix to the bit of the definition", arguments: DevelopKernels.all,
        [(0, 0), (0, 1), (1, 0), (1, 1)])
    private func color(level: DevelopKernels, roots: (Int, Int)) {
        let m: [Float] = [1.7, -0.5, -0.2, -0.3, 1.6, -0.3, 0.05, -0.6, 1.55]
        var color = ck_color(
            matrix: (m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]), squared: Int32(roots.0),
            root: Int32(roots.1))
        for width in Self.widths {
            let input = (0..<3).map { noise(width + 64, seed: UInt64($0)) }
            var (red, green, blue) = (input[0], input[1], input[2])
            level.color(&red, &green, &blue, width, &color)
            for x in 0..<width {
                let light = input.map { roots.0 == 1 ? Float($0[x]) * Float($0[x]) : Float($0[x]) }
                let unit: Float = roots.0 == 1 ? 1 : 65535
                for (row, plane) in [red, green, blue].enumerated() {
                    let sum =
                        (m[3 * row] * unit) * light[0] + (m[3 * row + 1] * unit) * light[1]
                        + (m[3 * row + 2] * unit) * light[2]
                    let value = clip(sum, 65535 * 65535)
                    #expect(plane[x] == rounded(roots.1 == 1 ? value.squareRoot() : value * (1 / 65535)))
                }
            }
        }
    }

    @Test("look up tone alike on every level and write no byte past the row", arguments: DevelopKernels.all)
    private func tone(level: DevelopKernels) {
        var random = SplitMix64(seed: 9)
        // Random pieces, and the table that they expand to.
        let pieces = (0..<4).flatMap { _ in (0..<64).map { _ in UInt16.random(in: 0...32000, using: &random) } }
        let wide: [UInt16] = (0...65535).map { value in
            let fine = value < 4096
            let piece = fine ? value >> 6 : 128 + value >> 10
            let fraction = fine ? (value & 63) << 10 : (value & 1023) << 6
            return pieces[piece] + UInt16((Int(pieces[piece + 64]) * fraction) >> 16)
        }
        let narrow = wide.map { UInt8(truncatingIfNeeded: (Int($0) + 128) >> 8) }
        pieces.withUnsafeBufferPointer { pieces in
            for width in Self.widths {
                let planes = (0..<3).map { noise(width + 64, seed: UInt64(width + $0)) }
                var bytes = [UInt8](repeating: 0xaa, count: 3 * width + 8)
                narrow.withUnsafeBytes {
                    var tone = ck_tone(pieces: pieces.baseAddress, expanded: $0.baseAddress)
                    level.rgb8(planes[0], planes[1], planes[2], width, &tone, &bytes)
                }
                var words = [UInt16](repeating: 0xaaaa, count: 3 * width + 8)
                wide.withUnsafeBytes {
                    var tone = ck_tone(pieces: pieces.baseAddress, expanded: $0.baseAddress)
                    level.rgb16(planes[0], planes[1], planes[2], width, &tone, &words)
                }
                for at in 0..<3 * width {
                    #expect(bytes[at] == narrow[Int(planes[at % 3][at / 3])])
                    #expect(words[at] == wide[Int(planes[at % 3][at / 3])])
                }
                #expect(bytes[(3 * width)...].allSatisfy { $0 == 0xaa })
                #expect(words[(3 * width)...].allSatisfy { $0 == 0xaaaa })

                level.rgb8(planes[0], planes[1], planes[2], width, nil, &bytes)
                level.rgb16(planes[0], planes[1], planes[2], width, nil, &words)
                for at in 0..<3 * width {
                    let value = planes[at % 3][at / 3]
                    #expect(Int(bytes[at]) == (Int(value) * 2 + 257) / 514)
                    #expect(words[at] == value)
                }
            }
        }
    }

    @Test("round every 16-bit value to 8 bits as division by 257 does", arguments: DevelopKernels.all)
    private func narrowing(level: DevelopKernels) {
        let ramp = Array(UInt16.min...UInt16.max)
        var bytes = [UInt8](repeating: 0, count: 3 * ramp.count)
        level.rgb8(ramp, ramp, ramp, ramp.count, nil, &bytes)
        for value in 0..<ramp.count { #expect(Int(bytes[3 * value]) == (value * 2 + 257) / 514) }
    }
}
