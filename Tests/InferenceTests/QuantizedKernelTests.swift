import CKernels
import TestSupport
import Testing

/// One level of the quantised kernels.
struct QuantizedLevel: Sendable, CustomTestStringConvertible {
    var name: String
    var conv, depthwise, maximum: @convention(c) (UnsafePointer<ck_u8_block_conv>?) -> Void
    var sum: @convention(c) (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<Int32>?) -> Void
    var scale:
        @convention(c) (UnsafePointer<UInt8>?, Int32, UnsafePointer<Float>?, Int32, UnsafeMutablePointer<UInt8>?, Int)
            ->
            Void
    var table: @convention(c) (UnsafePointer<UInt8>?, UnsafePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, Int) -> Void
    var quantize: @convention(c) (UnsafePointer<Float>?, Float, Int32, UnsafeMutablePointer<UInt8>?, Int) -> Void
    var dequantize: @convention(c) (UnsafePointer<UInt8>?, Float, Int32, UnsafeMutablePointer<Float>?, Int) -> Void
    var add:
        @convention(c) (
            UnsafePointer<UInt8>?, Float, UnsafePointer<UInt8>?, Float, Float, Int32, UnsafeMutablePointer<UInt8>?, Int
        ) -> Void

    var testDescription: String { name }

    static var all: [QuantizedLevel] {
        var levels = [
            QuantizedLevel(
                name: "portable", conv: ck_u8_block_conv_run__portable, depthwise: ck_u8_block_depthwise__portable,
                maximum: ck_u8_block_max__portable, sum: ck_u8_block_sum__portable, scale: ck_u8_block_scale__portable,
                table: ck_u8_table__portable, quantize: ck_u8_quantize__portable,
                dequantize: ck_u8_dequantize__portable, add: ck_u8_add__portable)
        ]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            levels.append(
                QuantizedLevel(
                    name: "avx2", conv: ck_u8_block_conv_run__avx2, depthwise: ck_u8_block_depthwise__avx2,
                    maximum: ck_u8_block_max__avx2, sum: ck_u8_block_sum__avx2, scale: ck_u8_block_scale__avx2,
                    table: ck_u8_table__avx2, quantize: ck_u8_quantize__avx2, dequantize: ck_u8_dequantize__avx2,
                    add: ck_u8_add__avx2))
        }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
            levels.append(
                QuantizedLevel(
                    name: "avx512", conv: ck_u8_block_conv_run__avx512, depthwise: ck_u8_block_depthwise__avx512,
                    maximum: ck_u8_block_max__avx512, sum: ck_u8_block_sum__avx512, scale: ck_u8_block_scale__avx512,
                    table: ck_u8_table__avx512, quantize: ck_u8_quantize__avx512,
                    dequantize: ck_u8_dequantize__avx512, add: ck_u8_add__avx512))
        }
        if ck_isa_supported().rawValue >= ck_isa_vnni.rawValue {
            levels.append(
                QuantizedLevel(
                    name: "vnni", conv: ck_u8_block_conv_run__vnni, depthwise: ck_u8_block_depthwise__vnni,
                    maximum: ck_u8_block_max__vnni, sum: ck_u8_block_sum__vnni, scale: ck_u8_block_scale__vnni,
                    table: ck_u8_table__vnni, quantize: ck_u8_quantize__vnni, dequantize: ck_u8_dequantize__vnni,
                    add: ck_u8_add__vnni))
        }
        #endif
        return levels
    }
}

/// The definition of what follows a sum.
private struct Ending {
    var scales: [Float]
    var addition: (gain: Float, residualGain: Float, offset: Float)?
    var table: [UInt8]?

    static func rounded(_ x: Float, _ zero: Int32, _ low: Int32, _ high: Int32) -> Int32 {
        Int32(min(max(x, Float(low - zero)), Float(high - zero)).rounded(.toNearestOrEven)) + zero
    }

    func level(_ sum: Int32, lane: Int, residual: UInt8) -> UInt8 {
        var level = Self.rounded(Float(sum) * scales[lane], 7, 5, 250)
        if let addition {
            let rest = addition.offset.addingProduct(Float(residual), addition.residualGain)
            level = Self.rounded(rest.addingProduct(Float(level), addition.gain), 19, 0, 255)
        }
        return table.map { $0[Int(level)] } ?? UInt8(level)
    }
}

@Suite("quantised kernels")
struct QuantizedKernelTests {
    private static func bytes(_ count: Int, _ generator: inout SplitMix64) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Runs the job with one of three endings and compares with the definition of its sums.
    private static func check(
        _ kernel: @convention(c) (UnsafePointer<ck_u8_block_conv>?) -> Void, _ job: ck_u8_block_conv, ending: Int,
        _ generator: inout SplitMix64, _ sum: (_ block: Int, _ row: Int, _ column: Int, _ lane: Int) -> Int32
    ) {
        var job = job
        let plane = job.rows * job.width * 16
        let residual = bytes(job.blocks * plane, &generator)
        let table = bytes(256, &generator)
        let scales = (0..<job.blocks * 16).map { _ in Float.random(in: 1e-4...1e-3, using: &generator) }
        var definition = Ending(scales: scales, table: ending == 1 ? table : nil)
        if ending == 2 { definition.addition = (0.7, 0.3, -11.5) }
        var y = [UInt8](repeating: 0, count: job.blocks * plane)
        var reals = [Float](repeating: 0, count: job.blocks * plane)
        scales.withUnsafeBufferPointer { scales in
            table.withUnsafeBufferPointer { table in
                residual.withUnsafeBufferPointer { residual in
                    y.withUnsafeMutableBufferPointer { y in
                        reals.withUnsafeMutableBufferPointer { reals in
                            job.finish.scales = scales.baseAddress
                            (job.finish.zero, job.finish.low, job.finish.high) = (7, 5, 250)
                            (job.finish.last_zero, job.finish.last_high) = (19, 255)
                            if ending == 1 { job.finish.table = table.baseAddress }
                            if let addition = definition.addition {
                                (job.finish.gain, job.finish.residual_gain) = (addition.gain, addition.residualGain)
                                job.finish.offset = addition.offset
                                job.residual = residual.baseAddress
                            }
                            if ending == 3 { job.y_float = reals.baseAddress } else { job.y = y.baseAddress }
                            (job.y_block_step, job.y_pixel_step) = (plane, 16)
                            kernel(&job)
                        }
                    }
                }
            }
        }
        var wrong = 0
        for at in 0..<job.blocks * plane {
            let (block, place) = (at / plane, at % plane)
            let sum = sum(block, place / 16 / job.width, place / 16 % job.width, at % 16)
            let lane = block * 16 + at % 16
            if ending == 3 {
                if reals[at] != Float(sum) * scales[lane] { wrong += 1 }
            } else if y[at] != definition.level(sum, lane: lane, residual: residual[at]) {
                wrong += 1
            }
        }
        #expect(wrong == 0)
    }

    @Test(
        "convolution rounds exact sums once, whatever comes after",
        arguments: QuantizedLevel.all, [1, 3, 4, 7, 14, 15, 29])
    func convolution(level: QuantizedLevel, width: Int) {
        for (ending, (channels, lanes, blocks, rows)) in [
            (5, 16, 1, 1), (16, 16, 2, 2), (37, 16, 3, 3), (300, 16, 2, 1), (3, 4, 3, 2), (64, 16, 5, 2),
        ].enumerated() {
            var generator = SplitMix64(seed: UInt64(width * 7 + channels))
            let inputBlocks = (channels + lanes - 1) / lanes
            let pitch = width + 2
            let step = (rows + 1) * pitch * lanes
            let x = Self.bytes(inputBlocks * step + 64, &generator)
            let taps = [0, lanes, 2 * lanes, pitch * lanes + lanes]
            // Steps of four channels: [block][tap][four].
            var steps: [(block: Int, tap: Int, four: Int)] = []
            for block in 0..<inputBlocks {
                for tap in taps.indices {
                    for four in 0..<(min(lanes, channels - block * lanes) + 3) / 4 { steps.append((block, tap, four)) }
                }
            }
            let weights = (0..<blocks * steps.count * 64).map { _ in Int8.random(in: -128...127, using: &generator) }
            let bias = (0..<blocks * 16).map { _ in Int32.random(in: -5000...5000, using: &generator) }
            var job = ck_u8_block_conv()
            (job.tap_count, job.channels, job.lanes, job.channel_step) = (taps.count, channels, lanes, step)
            (job.rows, job.width, job.row_step, job.blocks) = (rows, width, pitch * lanes, blocks)
            x.withUnsafeBufferPointer { x in
                taps.withUnsafeBufferPointer { taps in
                    weights.withUnsafeBufferPointer { weights in
                        bias.withUnsafeBufferPointer { bias in
                            (job.x, job.taps, job.weights) = (x.baseAddress, taps.baseAddress, weights.baseAddress)
                            job.bias = bias.baseAddress
                            Self.check(level.conv, job, ending: ending % 4, &generator) { block, row, column, lane in
                                let isPaired = block / 2 * 2 + 1 < blocks
                                let panel = block / 2 * 2 * steps.count * 64 + (isPaired ? block % 2 * 64 : 0)
                                var sum = bias[block * 16 + lane]
                                for (index, place) in steps.enumerated() {
                                    let pixel =
                                        place.block * step + taps[place.tap] + (row * pitch + column) * lanes
                                        + place.four * 4
                                    let at = panel + index * (isPaired ? 128 : 64) + lane * 4
                                    for i in 0..<4 { sum += Int32(x[pixel + i]) * Int32(weights[at + i]) }
                                }
                                return sum
                            }
                        }
                    }
                }
            }
        }
    }

    @Test("depthwise convolution and maximum do the same", arguments: QuantizedLevel.all, [1, 2, 3, 4, 5, 8, 17])
    func windows(level: QuantizedLevel, width: Int) {
        for (ending, tapCount) in [1, 4, 9, 25].enumerated() {
            var generator = SplitMix64(seed: UInt64(width * 31 + tapCount))
            let (rows, pitch) = (3, width + 5)
            let x = Self.bytes((rows + 5) * pitch * 16 + 64, &generator)
            let taps = (0..<tapCount).map { ($0 / 5 * pitch + $0 % 5) * 16 }
            let weights = (0..<tapCount * 16).map { _ in Int8.random(in: -128...127, using: &generator) }
            let bias = (0..<16).map { _ in Int32.random(in: -5000...5000, using: &generator) }
            var job = ck_u8_block_conv()
            (job.tap_count, job.channels, job.lanes, job.blocks) = (tapCount, 16, 16, 1)
            (job.rows, job.width, job.row_step) = (rows, width, pitch * 16)
            x.withUnsafeBufferPointer { x in
                taps.withUnsafeBufferPointer { taps in
                    weights.withUnsafeBufferPointer { weights in
                        bias.withUnsafeBufferPointer { bias in
                            (job.x, job.taps, job.weights) = (x.baseAddress, taps.baseAddress, weights.baseAddress)
                            job.bias = bias.baseAddress
                            Self.check(level.depthwise, job, ending: ending, &generator) { _, row, column, lane in
                                let place = (row * pitch + column) * 16 + lane
                                var sum = bias[lane]
                                for tap in taps.indices {
                                    sum += Int32(x[taps[tap] + place]) * Int32(weights[tap * 16 + lane])
                                }
                                return sum
                            }
                            var y = [UInt8](repeating: 0, count: rows * width * 16)
                            y.withUnsafeMutableBufferPointer {
                                job.y = $0.baseAddress
                                level.maximum(&job)
                            }
                            var expected: [UInt8] = []
                            for at in y.indices {
                                let (pixel, lane) = (at / 16, at % 16)
                                let place = (pixel / width * pitch + pixel % width) * 16 + lane
                                var largest: UInt8 = 0
                                for tap in taps { largest = max(largest, x[tap + place]) }
                                expected.append(largest)
                            }
                            #expect(y == expected)
                        }
                    }
                }
            }
        }
    }

    @Test("element-wise kernels follow their definitions at every length", arguments: QuantizedLevel.all)
    func elements(level: QuantizedLevel) {
        var generator = SplitMix64(seed: 11)
        for count in [0, 1, 7, 16, 63, 64, 65, 200] {
            let a = Self.bytes(count, &generator), b = Self.bytes(count, &generator),
                table = Self.bytes(256, &generator)
            var y = [UInt8](repeating: 0, count: count)
            level.table(table, a, &y, count)
            for at in a.indices { #expect(y[at] == table[Int(a[at])]) }
            level.add(a, 0.4, b, 0.9, -30.25, 3, &y, count)
            var sums: [UInt8] = []
            for (left, right) in zip(a, b) {
                let rest = Float(-30.25).addingProduct(Float(right), 0.9)
                sums.append(UInt8(Ending.rounded(rest.addingProduct(Float(left), 0.4), 3, 0, 255)))
            }
            #expect(y == sums)
            var reals = [Float](repeating: 0, count: count)
            level.dequantize(a, 0.37, 200, &reals, count)
            for at in a.indices { #expect(reals[at] == Float(Int32(a[at]) - 200) * 0.37) }
            if count > 1 { (reals[0], reals[1]) = (.nan, .infinity) }
            if count > 6 { (reals[2], reals[3], reals[4]) = (0.5, 1.5, -0.5) }
            level.quantize(reals, 1, 100, &y, count)
            for at in reals.indices {
                #expect(y[at] == (reals[at].isNaN ? 100 : UInt8(Ending.rounded(reals[at], 100, 0, 255))))
            }
        }
        for pixels in [1, 2, 9, 50] {
            let x = Self.bytes(pixels * 16, &generator)
            var sums = [Int32](repeating: 0, count: 16)
            level.sum(x, pixels, &sums)
            for lane in 0..<16 {
                var sum: Int32 = 0
                for pixel in 0..<pixels { sum += Int32(x[pixel * 16 + lane]) }
                #expect(sums[lane] == sum)
            }
            let gains = (0..<16).map { Float($0) * 0.11 - 0.6 }
            var y = [UInt8](repeating: 0, count: pixels * 16)
            level.scale(x, 90, gains, 77, &y, pixels)
            for at in x.indices {
                let product = Float(Int32(x[at]) - 90) * gains[at % 16]
                #expect(y[at] == UInt8(Ending.rounded(product, 77, 0, 255)))
            }
        }
    }
}
