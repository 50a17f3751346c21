import CKernels
import Tensors
import TestSupport
import Testing

/// One level of the blocked kernels.
struct BlockedLevel: Sendable, CustomTestStringConvertible {
    var name: String
    var conv: @convention(c) (UnsafePointer<ck_f32_block_conv>?) -> Void
    var depthwise, maximum, average: @convention(c) (UnsafePointer<ck_f32_block_slide>?) -> Void
    var mean: @convention(c) (UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?) -> Void
    var fromPlanes: @convention(c) (UnsafePointer<Float>?, Int, Int, Int, UnsafeMutablePointer<Float>?) -> Void
    var toPlanes: @convention(c) (UnsafePointer<Float>?, Int, Int, UnsafeMutablePointer<Float>?, Int) -> Void

    var testDescription: String { name }

    static var all: [BlockedLevel] {
        var levels = [
            BlockedLevel(
                name: "portable", conv: ck_f32_block_conv_run__portable, depthwise: ck_f32_block_depthwise__portable,
                maximum: ck_f32_block_max__portable, average: ck_f32_block_average__portable,
                mean: ck_f32_block_mean__portable, fromPlanes: ck_f32_block_from_planes__portable,
                toPlanes: ck_f32_block_to_planes__portable)
        ]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            levels.append(
                BlockedLevel(
                    name: "avx2", conv: ck_f32_block_conv_run__avx2, depthwise: ck_f32_block_depthwise__avx2,
                    maximum: ck_f32_block_max__avx2, average: ck_f32_block_average__avx2,
                    mean: ck_f32_block_mean__avx2, fromPlanes: ck_f32_block_from_planes__avx2,
                    toPlanes: ck_f32_block_to_planes__avx2))
        }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
            levels.append(
                BlockedLevel(
                    name: "avx512", conv: ck_f32_block_conv_run__avx512, depthwise: ck_f32_block_depthwise__avx512,
                    maximum: ck_f32_block_max__avx512, average: ck_f32_block_average__avx512,
                    mean: ck_f32_block_mean__avx512, fromPlanes: ck_f32_block_from_planes__avx512,
                    toPlanes: ck_f32_block_to_planes__avx512))
        }
        #endif
        return levels
    }
}

@Suite("blocked kernels")
struct BlockedKernelTests {
    private static func random(_ count: Int, _ generator: inout SplitMix64) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
    }

    private static let plain = ck_f32_finish(
        low: -.infinity, high: .infinity, function: .count, a: 0, b: 0, adds_last: 0)

    @Test(
        "convolution adds up chains of multiply-adds in the stated order, inside its bounds",
        arguments: BlockedLevel.all, [1, 3, 6, 13, 14, 15, 29, 43])
    func convolution(level: BlockedLevel, width: Int) {
        for (channels, lanes, blocks, rows) in [
            (5, 16, 1, 1), (16, 16, 2, 2), (37, 16, 3, 3), (300, 16, 2, 1), (3, 1, 3, 2),
        ] {
            var generator = SplitMix64(seed: UInt64(width * 7 + channels))
            let pixel = lanes == 1 ? 1 : 16
            let inputBlocks = (channels + lanes - 1) / lanes
            let pitch = width + 2
            let step = (rows + 1) * pitch * pixel
            let x = Self.random(inputBlocks * step, &generator)
            let taps = [0, pixel, 2 * pixel, pitch * pixel + pixel]
            let depth = channels * taps.count
            let parts = (inputBlocks + max(1, 128 / (lanes * taps.count)) - 1) / max(1, 128 / (lanes * taps.count))
            let starts = (0..<parts).map { inputBlocks * $0 / parts }
            let weights = Self.random(blocks * depth * 16, &generator)
            let bias = Self.random(blocks * 16, &generator)
            let residual = Self.random(blocks * rows * width * 16, &generator)
            var expected = [Float](repeating: 777, count: blocks * rows * width * 16)
            for block in 0..<blocks {
                let isPaired = block / 2 * 2 + 1 < blocks
                let panel = block / 2 * 2 * depth * 16 + (isPaired ? block % 2 * 16 : 0)
                for row in 0..<rows {
                    for column in 0..<width {
                        for lane in 0..<16 {
                            var (total, sum) = (Float(0), Float(0))
                            var at = 0
                            for channel in stride(from: 0, to: channels, by: lanes) {
                                if channel > 0 && starts.contains(channel / lanes) {
                                    total = channel / lanes == starts[1] ? sum : sum + total
                                    sum = 0
                                }
                                for tap in taps {
                                    for inner in 0..<min(lanes, channels - channel) {
                                        let source =
                                            channel / lanes * step + (row * pitch + column) * pixel + tap + inner
                                        sum.addProduct(
                                            x[source], weights[panel + at * (isPaired ? 32 : 16) + lane])
                                        at += 1
                                    }
                                }
                            }
                            if starts.count > 1 { sum += total }
                            sum += bias[block * 16 + lane]
                            let place = ((block * rows + row) * width + column) * 16 + lane
                            sum += residual[place]
                            expected[place] = sum < -0.5 ? -0.5 : sum > 2 ? 2 : sum
                        }
                    }
                }
            }
            var y = [Float](repeating: 777, count: expected.count + 16)
            x.withUnsafeBufferPointer { x in
                weights.withUnsafeBufferPointer { weights in
                    bias.withUnsafeBufferPointer { bias in
                        residual.withUnsafeBufferPointer { residual in
                            taps.withUnsafeBufferPointer { taps in
                                y.withUnsafeMutableBufferPointer { y in
                                    var job = ck_f32_block_conv(
                                        x: x.baseAddress, taps: taps.baseAddress, tap_count: taps.count,
                                        channels: channels, lanes: lanes, channel_step: step, rows: rows, width: width,
                                        row_step: pitch * pixel, weights: weights.baseAddress, bias: bias.baseAddress,
                                        residual: residual.baseAddress, y: y.baseAddress,
                                        y_block_step: rows * width * 16, y_pixel_step: 16, blocks: blocks,
                                        finish: Self.plain)
                                    (job.finish.low, job.finish.high) = (-0.5, 2)
                                    level.conv(&job)
                                }
                            }
                        }
                    }
                }
            }
            #expect(Array(y[..<expected.count]) == expected, "\(channels) channels, \(blocks) blocks")
            #expect(y[expected.count...].allSatisfy { $0 == 777 })
        }
    }

    struct Window: Sendable, CustomTestStringConvertible {
        var size: (Int, Int), kernel: (Int, Int), stride: (Int, Int), dilation = (1, 1), pad: (Int, Int)
        var output: (Int, Int) {
            (
                (size.0 + 2 * pad.0 - (kernel.0 - 1) * dilation.0 - 1) / stride.0 + 1,
                (size.1 + 2 * pad.1 - (kernel.1 - 1) * dilation.1 - 1) / stride.1 + 1
            )
        }
        var testDescription: String { "\(size) kernel \(kernel) stride \(stride) dilation \(dilation) pad \(pad)" }
        var window: ck_window {
            ck_window(
                input: (1, size.0, size.1), output: (1, output.0, output.1), kernel: (1, kernel.0, kernel.1),
                stride: (1, stride.0, stride.1), dilation: (1, dilation.0, dilation.1), pad: (0, pad.0, pad.1))
        }
    }

    static let windows = [
        Window(size: (7, 9), kernel: (3, 3), stride: (1, 1), pad: (1, 1)),
        Window(size: (6, 31), kernel: (3, 3), stride: (2, 2), pad: (1, 1)),
        Window(size: (5, 23), kernel: (5, 5), stride: (1, 1), pad: (2, 2)),
        Window(size: (11, 20), kernel: (5, 5), stride: (2, 2), pad: (2, 2)),
        Window(size: (4, 12), kernel: (2, 2), stride: (2, 2), pad: (0, 0)),
        Window(size: (9, 14), kernel: (3, 4), stride: (1, 3), dilation: (2, 2), pad: (2, 3)),
        Window(size: (1, 1), kernel: (3, 3), stride: (1, 1), pad: (1, 1)),
        Window(size: (2, 3), kernel: (5, 7), stride: (1, 1), pad: (2, 3)),
    ]

    @Test(
        "sliding windows give the definition's bits", arguments: BlockedLevel.all, windows)
    func slidingWindows(level: BlockedLevel, sample: Window) {
        var generator = SplitMix64(seed: 3)
        let (height, width) = sample.size
        let (rows, columns) = sample.output
        let taps = sample.kernel.0 * sample.kernel.1
        let x = Self.random(height * width * 16, &generator)
        let weights = Self.random(taps * 16, &generator)
        let bias = Self.random(16, &generator)
        var sums = [Float](), largest = [Float](), means = [Float]()
        for place in 0..<rows * columns {
            for lane in 0..<16 {
                var (sum, most, total, count) = (Float(0), -Float.infinity, Float(0), 0)
                for tap in 0..<taps {
                    let (ky, kx) = (tap / sample.kernel.1, tap % sample.kernel.1)
                    let row = place / columns * sample.stride.0 + ky * sample.dilation.0 - sample.pad.0
                    let column = place % columns * sample.stride.1 + kx * sample.dilation.1 - sample.pad.1
                    guard row >= 0, row < height, column >= 0, column < width else { continue }
                    let value = x[(row * width + column) * 16 + lane]
                    sum.addProduct(value, weights[tap * 16 + lane])
                    most = max(most, value)
                    total += value
                    count += 1
                }
                sums.append(sum + bias[lane])
                largest.append(most)
                means.append(total / Float(max(1, count)))
            }
        }
        let window = sample.window
        for (run, expected) in [(level.depthwise, sums), (level.maximum, largest), (level.average, means)] {
            var y = [Float](repeating: 777, count: expected.count + 16)
            withUnsafePointer(to: window) { window in
                x.withUnsafeBufferPointer { x in
                    weights.withUnsafeBufferPointer { weights in
                        bias.withUnsafeBufferPointer { bias in
                            y.withUnsafeMutableBufferPointer { y in
                                // Two bands: where the output is cut changes nothing.
                                for (first, count) in [(0, rows / 2), (rows / 2, rows - rows / 2)] {
                                    var job = ck_f32_block_slide(
                                        window: window, x: x.baseAddress, weights: weights.baseAddress,
                                        bias: bias.baseAddress, residual: nil, y: y.baseAddress, first: first,
                                        rows: count, counts_padding: 0, pad_after: (0, 0), finish: Self.plain)
                                    run(&job)
                                }
                            }
                        }
                    }
                }
            }
            #expect(Array(y[..<expected.count]) == expected)
            #expect(y[expected.count...].allSatisfy { $0 == 777 })
        }
    }

    @Test("planes to blocks and back", arguments: BlockedLevel.all, [1, 5, 15, 16, 17, 40])
    func planes(level: BlockedLevel, pixels: Int) {
        for channels in [1, 3, 16] {
            let planes = (0..<channels * pixels).map { Float($0) }
            var block = [Float](repeating: 777, count: pixels * 16 + 16)
            level.fromPlanes(planes, pixels, channels, pixels, &block)
            for pixel in 0..<pixels {
                for lane in 0..<16 {
                    #expect(block[pixel * 16 + lane] == (lane < channels ? planes[lane * pixels + pixel] : 0))
                }
            }
            #expect(block[(pixels * 16)...].allSatisfy { $0 == 777 })
            var back = [Float](repeating: 777, count: channels * pixels + 16)
            level.toPlanes(block, pixels, channels, &back, pixels)
            #expect(Array(back[..<(channels * pixels)]) == planes)
            #expect(back[(channels * pixels)...].allSatisfy { $0 == 777 })
        }
    }

    @Test("the mean adds four sums in the stated order", arguments: BlockedLevel.all, [1, 3, 4, 7, 49])
    func mean(level: BlockedLevel, pixels: Int) {
        var generator = SplitMix64(seed: UInt64(pixels))
        let x = Self.random(pixels * 16, &generator)
        var mean = [Float](repeating: 0, count: 16)
        level.mean(x, pixels, &mean)
        for lane in 0..<16 {
            var sums: [Float] = [0, 0, 0, 0]
            for pixel in 0..<pixels { sums[pixel % 4] += x[pixel * 16 + lane] }
            #expect(mean[lane] == ((sums[0] + sums[1]) + (sums[2] + sums[3])) / Float(pixels))
        }
    }
}
