import CKernels
import Foundation
import Imaging
import Sensor
import TestSupport
import Testing

@Suite("Noise kernels")
struct NoiseKernelTests {
    typealias Expose =
        @convention(c) (
            UnsafePointer<ck_exposure>?, UInt32, Float, UnsafePointer<Float>?, UnsafePointer<ck_pixels>?, Int,
            UnsafeMutablePointer<UInt16>?
        ) -> Void
    typealias Pattern =
        @convention(c) (
            UnsafePointer<ck_pattern>?, UInt32, Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?,
            UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
        ) -> Void

    struct Level: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var expose: Expose
        var pattern: Pattern

        static let available: [Level] = {
            var levels = [
                Level(
                    testDescription: "portable", expose: ck_u16_expose_row__portable,
                    pattern: ck_f32_pattern_row__portable)
            ]
            #if arch(x86_64)
            if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
                levels.append(
                    Level(testDescription: "avx2", expose: ck_u16_expose_row__avx2, pattern: ck_f32_pattern_row__avx2))
            }
            if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
                levels.append(
                    Level(
                        testDescription: "avx512", expose: ck_u16_expose_row__avx512,
                        pattern: ck_f32_pattern_row__avx512))
            }
            #endif
            return levels
        }()
    }

    static let widths = [0, 1, 15, 16, 17, 31, 32, 33, 63, 1000, 2028]

    @Test("gives the published blocks of Philox4x32-10")
    func philoxKnownAnswers() {
        let zeros = Philox(key: SIMD2(0, 0)).block(SIMD4(0, 0, 0, 0))
        #expect(zeros == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        let ones = Philox(key: SIMD2(.max, .max)).block(SIMD4(.max, .max, .max, .max))
        #expect(ones == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        let pi = Philox(key: SIMD2(0xa409_3822, 0x299f_31d0))
            .block(SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344))
        #expect(pi == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test("every level exposes a row as the one-pixel reference does", arguments: Level.available, widths)
    func exposesLikeReference(level: Level, width: Int) {
        var random = SplitMix64(seed: UInt64(width) + 7)
        let key = SIMD2<UInt32>(0xDEAD_BEEF, 0x0123_4567)
        let philox = Philox(key: key)
        for (round, range) in [Float(0)...3, 0...60, 40...56, 0...12_000].enumerated() {
            var light = (0..<width).map { _ in Float.random(in: range, using: &random) / 4 }
            if width > 0 { light[width / 2] = [0, 12, 11.999999, 1e9][round] }
            let response = (0..<width).map { _ in Float.random(in: 0.97...1.03, using: &random) }
            let dark = (0..<width).map { _ in Float.random(in: 0...9, using: &random) }
            let offset = (0..<width).map { _ in Float.random(in: -5...5, using: &random) }
            var exposure = ck_exposure(
                key: (key.x, key.y), frame: (UInt32(round), 9), light_scale: 4, exposure_time: 0.3, full_well: 8700,
                read_noise: 2.5, gain: 0.1172, ceiling: 1023)
            var samples = [UInt16](repeating: 0xABCD, count: width + 8)
            response.withUnsafeBufferPointer { r in
                dark.withUnsafeBufferPointer { d in
                    offset.withUnsafeBufferPointer { o in
                        var pixels = ck_pixels(response: r.baseAddress, dark: d.baseAddress, offset: o.baseAddress)
                        level.expose(&exposure, 77, 64.25, light, &pixels, width, &samples)
                    }
                }
            }
            for column in 0..<width {
                let words = philox.block(SIMD4(UInt32(column / 32 * 16 + column % 16), 77, UInt32(round), 9))
                let pair = column % 32 < 16 ? (words.x, words.y) : (words.z, words.w)
                let expected = light[column] * 4 * response[column] + dark[column] * 0.3
                let count = min(Distributions.photoelectrons(mean: min(expected, 0x1p28), pair.0), 8700)
                let charge = count + (Distributions.normal(pair.1) * 2.5 + offset[column])
                let number = (charge * 0.1172 + 64.25) + 0.5
                #expect(samples[column] == UInt16(min(max(number, 0), 1023)), "column \(column) round \(round)")
            }
            #expect(samples[width...].allSatisfy { $0 == 0xABCD }, "writes nothing past the row")
        }
    }

    @Test("every level gives the same pattern as the one-pixel reference", arguments: Level.available, widths)
    func patternsLikeReference(level: Level, width: Int) {
        let philox = Philox(key: SIMD2(1, 2))
        let columns = (0..<width).map { Float($0 % 7) }
        var pattern = ck_pattern(
            key: (1, 2), response_deviation: 0.4, offset_deviation: 3, dark_current: 2, hot_words: 1 << 30,
            hot_scale: 1e-6, dead_words: 1 << 29, stuck_words: 1 << 30, defect_share: 0.25, stuck_offset: 900)
        var response = [Float](repeating: -9, count: width + 4)
        var dark = response
        var offset = response
        level.pattern(&pattern, 5, width, columns, &response, &dark, &offset)
        for column in 0..<width {
            let words = philox.block(SIMD4(UInt32(column), 5, 0, 0))
            let isStuck = words.w >= 1 << 29 && words.w < 1 << 30
            let share: Float = words.w < 1 << 30 ? 0.75 : 1
            let excess: Float = words.z < 1 << 30 ? Float(words.z) * 1e-6 : 0
            #expect(response[column] == max(0, 1 + Distributions.normal(words.x) * 0.4) * share)
            #expect(dark[column] == (2 + excess) * share)
            #expect(offset[column] == Distributions.normal(words.y) * 3 + columns[column] + (isStuck ? 900 : 0))
        }
        for plane in [response, dark, offset] { #expect(plane[width...].allSatisfy { $0 == -9 }) }
    }

    @Test("turns words into normals by the inverse of the distribution")
    func normalIsInverse() {
        var random = SplitMix64(seed: 3)
        var words: [UInt32] = [0, 1, 2, 100, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]
        for shift in 0..<31 {
            words += (0..<50).map { _ in UInt32.random(in: 0...UInt32.max, using: &random) >> shift }
        }
        for word in words {
            let z = Double(Distributions.normal(word))
            let tail = (Double(word & 0x7FFF_FFFF) + 0.5) * 0x1p-31 / 2
            // The probability beyond |z| is the one that the word stands for.
            let found = erfc(abs(z) / 2.0.squareRoot()) / 2
            #expect(abs(found - tail) <= tail * 4e-5 + 1e-7 * (0.5 - tail), "word \(word) z \(z)")
            #expect(z == 0 || (z < 0) == (word >> 31 != 0))
        }
    }

    @Test("counts photons as Poisson has it", arguments: [Float(0), 0.01, 0.7, 5, 30, 47.9])
    func smallCountsAreExact(mean: Float) {
        // The count as a function of the word is a staircase: each step ends where the cumulative probability lies.
        var probability = exp(-Double(mean))
        var cumulative = probability
        for count in 0..<120 {
            let edge = cumulative * 0x1p32
            if edge > 2, edge < 0x1p32 - 3 {
                #expect(Distributions.photoelectrons(mean: mean, UInt32(edge) - 2) <= Float(count))
                #expect(Distributions.photoelectrons(mean: mean, UInt32(edge) + 2) >= Float(count + 1))
            }
            probability *= Double(mean) / Double(count + 1)
            cumulative += probability
        }
    }

    @Test("keeps mean, variance and skewness of photon counts", arguments: [Float(3), 47, 48, 60, 500, 9000])
    func momentsOfCounts(mean: Float) {
        let words = 1 << 20
        var sum = 0.0
        var square = 0.0
        var cube = 0.0
        for index in 0..<words {
            let word = UInt32(index) << 12 | 0x800
            let deviation = Double(Distributions.photoelectrons(mean: mean, word)) - Double(mean)
            sum += deviation
            square += deviation * deviation
            cube += deviation * deviation * deviation
        }
        let count = Double(words)
        let lambda = Double(mean)
        #expect(abs(sum / count) < 1e-3 * lambda.squareRoot())
        #expect(abs(square / count / lambda - 1) < 2e-3)
        #expect(abs(cube / count / lambda - 1) < 0.05 + 0.01 * lambda.squareRoot() / 10)
    }
}
