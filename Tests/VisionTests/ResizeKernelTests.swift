import CKernels
import TestSupport
import Testing

@Suite("resampling kernels agree with plain sums at every level")
struct ResizeKernelTests {
    typealias BlendRows =
        @Sendable @convention(c) (
            UnsafePointer<UnsafePointer<UInt8>?>?, UnsafePointer<UInt16>?, Int, Int, UnsafeMutablePointer<UInt16>?
        ) -> Void
    typealias BlendColumns =
        @Sendable @convention(c) (
            UnsafePointer<UInt8>?, Int32, UnsafePointer<UInt32>?, UnsafePointer<UInt16>?, Int, Int,
            UnsafeMutablePointer<UInt16>?
        ) -> Void
    typealias BlendColumnsToFloat =
        @Sendable @convention(c) (
            UnsafePointer<UInt16>?, Int32, UnsafePointer<UInt32>?, UnsafePointer<UInt16>?, Int, Int,
            UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<UnsafeMutablePointer<Float>?>?, Int
        ) -> Void
    typealias BlendRowsToFloat =
        @Sendable @convention(c) (
            UnsafePointer<UnsafePointer<UInt16>?>?, Int32, UnsafePointer<UInt16>?, Int, Int, UnsafePointer<Float>?,
            UnsafePointer<Float>?, UnsafePointer<UnsafeMutablePointer<Float>?>?, Int
        ) -> Void

    struct Level: Sendable, CustomTestStringConvertible {
        let name: String
        let u8Rows: BlendRows
        let u16Rows: BlendRows
        let columnsToFloat: BlendColumnsToFloat
        let u8Columns: BlendColumns
        let u16Columns: BlendColumns
        let rowsToFloat: BlendRowsToFloat
        var testDescription: String { name }
    }

    static var levels: [Level] {
        var levels = [
            Level(
                name: "dispatched", u8Rows: ck_u8_blend_rows, u16Rows: ck_u16_blend_rows,
                columnsToFloat: ck_u16_blend_columns_f32, u8Columns: ck_u8_blend_columns,
                u16Columns: ck_u16_blend_columns, rowsToFloat: ck_u16_blend_rows_f32),
            Level(
                name: "portable", u8Rows: ck_u8_blend_rows__portable, u16Rows: ck_u16_blend_rows__portable,
                columnsToFloat: ck_u16_blend_columns_f32__portable, u8Columns: ck_u8_blend_columns__portable,
                u16Columns: ck_u16_blend_columns__portable, rowsToFloat: ck_u16_blend_rows_f32__portable),
        ]
        #if arch(x86_64)
        // The numbers of ck_isa: 1 is AVX2, 2 AVX-512.
        let supported = ck_isa_supported().rawValue
        if supported >= 1 {
            levels.append(
                Level(
                    name: "avx2", u8Rows: ck_u8_blend_rows__avx2, u16Rows: ck_u16_blend_rows__avx2,
                    columnsToFloat: ck_u16_blend_columns_f32__avx2, u8Columns: ck_u8_blend_columns__avx2,
                    u16Columns: ck_u16_blend_columns__avx2, rowsToFloat: ck_u16_blend_rows_f32__avx2))
        }
        if supported >= 2 {
            levels.append(
                Level(
                    name: "avx512", u8Rows: ck_u8_blend_rows__avx512, u16Rows: ck_u16_blend_rows__avx512,
                    columnsToFloat: ck_u16_blend_columns_f32__avx512, u8Columns: ck_u8_blend_columns__avx512,
                    u16Columns: ck_u16_blend_columns__avx512, rowsToFloat: ck_u16_blend_rows_f32__avx512))
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
                    let starts = (0..<rows).map { Optional(buffer.baseAddress! + 1 + $0 * stride) }
                    blend(starts, weights, rows, count, &out)
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
                    level.columnsToFloat(
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

    @Test("columns first", arguments: levels, [1, 2, 5, 316])
    func columnsFirst(level: Level, count: Int) {
        var random = SplitMix64(seed: UInt64(count) + 200)
        for channels in [1, 3] {
            for taps in [1, 2, 6, 9] {
                for width in [1, 2] {
                    let pixels = count + taps
                    // An odd offset, and two samples more than the row has.
                    let bytes = (0..<(pixels * channels + 2) * width + 1).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    let starts = (0..<count).map { _ in UInt32.random(in: 0...UInt32(pixels - taps), using: &random) }
                    let weights = (0..<count).flatMap { _ in Self.weights(taps, &random) }
                    var out = [UInt16](repeating: 0xABCD, count: count * channels + 1)
                    bytes.withUnsafeBufferPointer { row in
                        let blend = width == 1 ? level.u8Columns : level.u16Columns
                        blend(row.baseAddress! + 1, Int32(channels), starts, weights, taps, count, &out)
                    }
                    let expected = (0..<count * channels).map { i in
                        var sum = width == 1 ? 1 << 6 : 1 << 14
                        for t in 0..<taps {
                            let at = 1 + ((Int(starts[i / channels]) + t) * channels + i % channels) * width
                            let sample = width == 1 ? Int(bytes[at]) : Int(bytes[at]) | Int(bytes[at + 1]) << 8
                            sum += sample * Int(weights[i / channels * taps + t])
                        }
                        return UInt16(sum >> (width == 1 ? 7 : 15))
                    }
                    #expect(Array(out.dropLast()) == expected)
                    #expect(out.last == 0xABCD, "wrote past the end")
                }
            }
        }
    }

    @Test("rows second", arguments: levels, [1, 4, 5, 6, 16, 17, 312])
    func rowsSecond(level: Level, count: Int) {
        var random = SplitMix64(seed: UInt64(count) + 300)
        for channels in [1, 3] {
            for (taps, step) in [(1, 1), (2, 3), (6, 416)] {
                let rows = (0..<taps).map { _ in
                    (0..<count * channels).map { _ in UInt16.random(in: 0...65_535, using: &random) }
                }
                let weights = Self.weights(taps, &random)
                let gain: [Float] = [0x1p-23, 0.3, 1e-5]
                let offset: [Float] = [-0.5, 0, 117.25]
                var out = [Float](repeating: -1, count: channels * count * step)
                let flat = rows.flatMap { $0 }
                flat.withUnsafeBufferPointer { samples in
                    let starts = (0..<taps).map { Optional(samples.baseAddress! + $0 * count * channels) }
                    out.withUnsafeMutableBufferPointer { buffer in
                        let planes = (0..<channels).map { Optional(buffer.baseAddress! + $0 * count * step) }
                        level.rowsToFloat(starts, Int32(channels), weights, taps, count, gain, offset, planes, step)
                    }
                }
                var expected = [Float](repeating: -1, count: out.count)
                for c in 0..<channels {
                    for x in 0..<count {
                        let sum = (0..<taps).reduce(0) { $0 + Int(rows[$1][x * channels + c]) * Int(weights[$1]) }
                        let product = Float(sum) * gain[c]
                        expected[c * count * step + x * step] = product + offset[c]
                    }
                }
                #expect(out == expected)
            }
        }
    }
}
