import CKernels
import TestSupport
import Testing

@Suite("resampling kernels agree with plain sums at every level")
struct ResizeKernelTests {
    typealias BlendRows =
        @Sendable @convention(c) (
            UnsafePointer<UInt8>?, Int, UnsafePointer<UInt16>?, Int, Int, UnsafeMutablePointer<UInt16>?
        ) -> Void
    typealias BlendColumns =
        @Sendable @convention(c) (
            UnsafePointer<UInt16>?, Int32, UnsafePointer<UInt32>?, UnsafePointer<UInt16>?, Int, Int,
            UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<UnsafeMutablePointer<Float>?>?, Int
        ) -> Void

    struct Level: Sendable, CustomTestStringConvertible {
        let name: String
        let u8Rows: BlendRows
        let u16Rows: BlendRows
        let columns: BlendColumns
        var testDescription: String { name }
    }

    static var levels: [Level] {
        var levels = [
            Level(
                name: "dispatched", u8Rows: ck_u8_blend_rows, u16Rows: ck_u16_blend_rows,
                columns: ck_u16_blend_columns_f32),
            Level(
                name: "portable", u8Rows: ck_u8_blend_rows__portable, u16Rows: ck_u16_blend_rows__portable,
                columns: ck_u16_blend_columns_f32__portable),
        ]
        #if arch(x86_64)
        // The numbers of ck_isa: 1 is AVX2, 2 AVX-512.
        let supported = ck_isa_supported().rawValue
        if supported >= 1 {
            levels.append(
                Level(
                    name: "avx2", u8Rows: ck_u8_blend_rows__avx2, u16Rows: ck_u16_blend_rows__avx2,
                    columns: ck_u16_blend_columns_f32__avx2))
        }
        if supported >= 2 {
            levels.append(
                Level(
                    name: "avx512", u8Rows: ck_u8_blend_rows__avx512, u16Rows: ck_u16_blend_rows__avx512,
                    columns: ck_u16_blend_columns_f32__avx512))
        }
        #endif
        return levels
    }

    /// `count` weights that sum to 2¹⁵.
    static func weights(_ count: Int, _ random: inout SplitMix64) -> [UInt16] {
        var cuts = (1..<count).map { _ in Int.random(in: 0...32_768, using: &random) }.sorted()
        cuts.append(32_768)
        return zip(cuts, [0] + cuts).map { UInt16($0 - $1) }
    }

    @Test("rows", arguments: levels, [1, 15, 16, 31, 32, 33, 64, 97, 1248])
    func rows(level: Level, count: Int) {
        var random = SplitMix64(seed: UInt64(count))
        for rows in [1, 2, 3, 7] {
            for width in [1, 2] {
                let stride = count * width + 5
                var bytes = (0..<stride * rows).map { _ in UInt8.random(in: 0...255, using: &random) }
                if rows == 2 { bytes = bytes.map { _ in 255 } }
                let weights = Self.weights(rows, &random)
                var out = [UInt16](repeating: 0xABCD, count: count + 2)
                // An odd offset: rows need no alignment.
                let shifted = [0] + bytes
                shifted.withUnsafeBufferPointer { buffer in
                    let blend = width == 1 ? level.u8Rows : level.u16Rows
                    blend(buffer.baseAddress! + 1, stride, weights, rows, count, &out)
                }
                let expected = (0..<count).map { i in
                    var sum = width == 1 ? 1 << 6 : 1 << 14
                    for r in 0..<rows {
                        let at = r * stride + i * width
                        let sample = width == 1 ? Int(bytes[at]) : Int(bytes[at]) | Int(bytes[at + 1]) << 8
                        sum += sample * Int(weights[r])
                    }
                    return UInt16(sum >> (width == 1 ? 7 : 15))
                }
                #expect(Array(out[..<count]) == expected)
                #expect(Array(out[count...]) == [0xABCD, 0xABCD], "wrote past the end")
            }
        }
    }

    @Test("columns", arguments: levels, [1, 2, 5, 316])
    func columns(level: Level, count: Int) {
        var random = SplitMix64(seed: UInt64(count) + 100)
        for channels in [1, 3] {
            for (taps, step) in [(1, 1), (2, 3), (6, 1), (9, 3)] {
                let pixels = count + taps
                let row = (0..<pixels * channels + 2).map { _ in UInt16.random(in: 0...65_535, using: &random) }
                let starts = (0..<count).map { _ in UInt32.random(in: 0...UInt32(pixels - taps), using: &random) }
                let weights = (0..<count).flatMap { _ in Self.weights(taps, &random) }
                let gain: [Float] = [0x1p-23, 0.3, 1e-5]
                let offset: [Float] = [-0.5, 0, 117.25]
                var out = [Float](repeating: -1, count: channels * count * step)
                out.withUnsafeMutableBufferPointer { buffer in
                    let planes = (0..<channels).map { Optional(buffer.baseAddress! + $0 * count * step) }
                    level.columns(
                        row, Int32(channels), starts, weights, taps, count, gain, offset, planes, step)
                }
                for c in 0..<channels {
                    for x in 0..<count {
                        var sum = 0
                        for t in 0..<taps {
                            sum += Int(row[(Int(starts[x]) + t) * channels + c]) * Int(weights[x * taps + t])
                        }
                        let product = Float(sum) * gain[c]
                        #expect(out[c * count * step + x * step] == product + offset[c])
                        for gap in 1..<max(1, step) { #expect(out[c * count * step + x * step + gap] == -1) }
                    }
                }
            }
        }
    }
}
