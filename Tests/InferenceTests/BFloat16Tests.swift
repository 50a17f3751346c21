import CKernels
import Graph
import Inference
import Tensors
import TestSupport
import Testing

/// The nearest bfloat16, ties to even, as float32.
func nearestBFloat16(_ x: Float) -> Float {
    Float(bitPattern: (x.bitPattern &+ 0x7fff &+ (x.bitPattern >> 16 & 1)) & 0xffff_0000)
}

/// Runs a model in bf16.
private func runBFloat16(
    _ model: ONNXBuilder, _ inputs: [String: Tensor], _ parallelism: Parallelism = .serial
) throws -> (listing: String, outputs: [String: Tensor]) {
    var options = SessionOptions()
    options.precision = .bf16
    let session = try Session(storage: ByteStorage(model.bytes), options: options)
    #expect(session.precision == .bf16)
    let types = inputs.mapValues { ValueType($0.dataType, shape: $0.shape) }
    let context = try session.makeContext(types, parallelism: parallelism.width)
    return (context.describe(), try context.run(inputs, parallelism: parallelism))
}

@Suite("networks in bf16")
struct BFloat16Tests {
    private static let cases = BlockedConvTests.cases.filter { $0.groups == 1 || $0.channels / $0.groups % 16 == 0 }

    @Test("a convolution is the definition on rounded inputs and weights", arguments: cases)
    func convolution(sample: ConvCase) throws {
        let run = try runBFloat16(BlockedConvTests.model(sample), ["x": sample.x])
        expectClose(run.outputs["y"], sample.reference(rounding: nearestBFloat16))
    }

    @Test("a convolution gives the same bits on one thread and on three, and an image alone as in a batch")
    func threads() throws {
        for sample in Self.cases {
            let model = BlockedConvTests.model(sample)
            let whole = try runBFloat16(model, ["x": sample.x]).outputs["y"]?.array(of: Float.self)
            let parts = try runBFloat16(model, ["x": sample.x], NumericsTests.cut(3)).outputs["y"]
            #expect(parts?.array(of: Float.self) == whole)
            var single = sample
            single.batch = 1
            let image = sample.x.elementCount / sample.batch
            let first = Tensor(
                Array(sample.x.array(of: Float.self).prefix(image)), shape: Shape([1, sample.channels] + sample.size))
            let alone = try runBFloat16(BlockedConvTests.model(single), ["x": first])
            let row = alone.outputs["y"]?.array(of: Float.self) ?? []
            #expect(Array(whole?.prefix(row.count) ?? []) == row)
        }
    }

    @Test("what only other products read is stored as bfloat16, and the answer stays near fp32's")
    func network() throws {
        let inputs = ["x": randomTensor([2, 3, 20, 22], seed: 9)]
        let exact = try runModel(BlockedLayoutTests.network(), inputs, fuses: true, isBlocked: true)
        let half = try runBFloat16(BlockedLayoutTests.network(), inputs)
        expectClose(half.outputs["y"], exact.outputs["y"], within: 0.02)
        expectClose(half.outputs["i"], exact.outputs["i"], within: 0.02)
        let stored = half.listing.split(separator: "\n").filter { $0.contains("bfloat16") }
            .map { String($0.split(separator: "\t")[1]) }
        // Sums that are not products, and what they and the network's outputs read, stay float32.
        #expect(stored == ["BlockedDepthwiseConv", "BlockedConv", "BlockedConv", "BlockedResize"])
        let split = try runBFloat16(BlockedLayoutTests.network(), inputs, NumericsTests.cut(3))
        #expect(split.outputs["y"]?.array(of: Float.self) == half.outputs["y"]?.array(of: Float.self))
    }

    @Test("activations, residuals, pools and joins work on stored halves", arguments: ["Relu", "HardSwish"])
    func endings(activation: String) throws {
        var model = ONNXBuilder(opset: 14)
        model.input("x", [1, 3, 21, 40])
        for (name, shape) in [
            ("w0", [32, 3, 3, 3]), ("w1", [32, 32, 3, 3]), ("w2", [32, 1, 5, 5]), ("w3", [20, 64, 1, 1]),
            ("w4", [20, 7, 2, 2]),
        ] {
            model.initializer(name, randomTensor(Shape(shape), seed: UInt64(shape[0] + shape[2])))
        }
        model.node("Conv", ["x", "w0"], ["a"], [("strides", .ints([2, 2])), ("pads", .ints([1, 1, 1, 1]))])
        model.node("Conv", ["a", "w1"], ["b"], [("pads", .ints([1, 1, 1, 1]))])
        model.node(activation, ["b"], ["c"])
        model.node("Add", ["a", "c"], ["d"])
        model.node("Conv", ["d", "w2"], ["e"], [("group", .int(32)), ("pads", .ints([2, 2, 2, 2]))])
        model.node(activation, ["e"], ["f"])
        model.node(
            "MaxPool", ["f"], ["g"],
            [("kernel_shape", .ints([3, 3])), ("strides", .ints([2, 2])), ("pads", .ints([1, 1, 1, 1]))])
        model.node(
            "MaxPool", ["d"], ["h"],
            [("kernel_shape", .ints([2, 2])), ("strides", .ints([2, 2])), ("ceil_mode", .int(1))])
        model.node("Concat", ["g", "h"], ["i"], [("axis", .int(1))])
        model.node("Conv", ["i", "w3"], ["j"])
        model.node("ConvTranspose", ["j", "w4"], ["y"], [("strides", .ints([2, 2]))])
        model.output("y")
        let inputs = ["x": randomTensor([1, 3, 21, 40], seed: 3)]
        let exact = try runModel(model, inputs, fuses: true, isBlocked: true)
        let half = try runBFloat16(model, inputs)
        expectClose(half.outputs["y"], exact.outputs["y"], within: 0.02)
        let stored = half.listing.split(separator: "\n").filter { $0.contains("bfloat16") }.count
        #expect(stored == 7)
        let split = try runBFloat16(model, inputs, NumericsTests.cut(2))
        #expect(split.outputs["y"]?.array(of: Float.self) == half.outputs["y"]?.array(of: Float.self))
    }

    @Test("a matrix product is the definition on rounded operands", arguments: [1, 13, 60], [16, 33, 41])
    func product(rows: Int, columns: Int) throws {
        var model = ONNXBuilder()
        let (x, w) = (randomTensor([rows, 37], seed: 1), randomTensor([37, columns], seed: 2))
        model.input("x", [.fixed(rows), 37])
        model.initializer("w", w)
        model.node("MatMul", ["x", "w"], ["y"])
        model.output("y")
        let (a, b) = (x.array(of: Float.self).map(nearestBFloat16), w.array(of: Float.self).map(nearestBFloat16))
        var expected: [Float] = []
        for row in 0..<rows {
            for column in 0..<columns {
                expected.append(
                    Float((0..<37).reduce(0.0) { $0 + Double(a[row * 37 + $1]) * Double(b[$1 * columns + column]) }))
            }
        }
        let run = try runBFloat16(model, ["x": x])
        expectClose(run.outputs["y"], Tensor(expected, shape: [rows, columns]))
    }
}

/// One level of the bfloat16 kernels.
struct BFloat16Level: Sendable, CustomTestStringConvertible {
    var name: String
    /// Whether sums are those of fused multiply-adds, the even channel first.
    var isFused: Bool
    var conv: @convention(c) (UnsafePointer<ck_bf16_block_conv>?) -> Void
    var narrow: @convention(c) (UnsafePointer<Float>?, Int, UnsafeMutablePointer<UInt16>?) -> Void
    var planes:
        @convention(c) (
            UnsafePointer<Float>?, Int, Int, Int, Int, Int, Int, Int, UnsafeMutablePointer<UInt16>?
        ) -> Void

    var testDescription: String { name }

    static var all: [BFloat16Level] {
        var levels = [
            BFloat16Level(
                name: "portable", isFused: true, conv: ck_bf16_block_conv_run__portable,
                narrow: ck_bf16_narrow__portable, planes: ck_bf16_gather_planes__portable)
        ]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            levels.append(
                BFloat16Level(
                    name: "avx2", isFused: true, conv: ck_bf16_block_conv_run__avx2, narrow: ck_bf16_narrow__avx2,
                    planes: ck_bf16_gather_planes__avx2))
        }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
            levels.append(
                BFloat16Level(
                    name: "avx512", isFused: true, conv: ck_bf16_block_conv_run__avx512,
                    narrow: ck_bf16_narrow__avx512, planes: ck_bf16_gather_planes__avx512))
        }
        if ck_isa_has_bf16() != 0 {
            levels.append(
                BFloat16Level(
                    name: "avx512bf16", isFused: false, conv: ck_bf16_block_conv_run__avx512bf16,
                    narrow: ck_bf16_narrow__avx512bf16, planes: ck_bf16_gather_planes__avx512bf16))
        }
        #endif
        return levels
    }
}

@Suite("bfloat16 kernels")
struct BFloat16KernelTests {
    private static func random(_ count: Int, _ generator: inout SplitMix64) -> [Float] {
        (0..<count).map { _ in nearestBFloat16(Float.random(in: -1...1, using: &generator)) }
    }

    private static func halves(_ x: [Float]) -> [UInt16] { x.map { UInt16($0.bitPattern >> 16) } }

    @Test("rounding takes the nearest, ties to even, and leaves NaN one", arguments: BFloat16Level.all)
    func rounding(level: BFloat16Level) {
        var generator = SplitMix64(seed: 5)
        var x = (0..<45).map { _ in Float.random(in: -1e9...1e9, using: &generator) }
        x += [0, -0.0, 1, .infinity, -.infinity, Float(bitPattern: 0x3f80_8000), Float(bitPattern: 0x3f81_8000)]
        x += [.greatestFiniteMagnitude, .nan, Float(bitPattern: 0x7fff_ffff)]
        var y = [UInt16](repeating: 7, count: x.count + 1)
        level.narrow(x, x.count, &y)
        for (value, half) in zip(x, y) {
            let rounded = Float(bitPattern: UInt32(half) << 16)
            #expect(value.isNaN ? rounded.isNaN : rounded.bitPattern == nearestBFloat16(value).bitPattern)
        }
        #expect(y[x.count] == 7)
    }

    @Test(
        "planes become pixels with zeros beyond the last channel and outside", arguments: BFloat16Level.all, [1, 2, 3])
    func planes(level: BFloat16Level, step: Int) {
        var generator = SplitMix64(seed: 6)
        for (channels, lanes) in [(1, 4), (3, 4), (4, 4), (5, 16)] {
            let (width, first, count) = (61, -3, 70 / step + 3)
            let x = Self.random(channels * width, &generator)
            var y = [UInt16](repeating: 7, count: count * lanes)
            level.planes(x, width, channels, lanes, width, first, step, count, &y)
            var expected: [UInt16] = []
            for place in 0..<count {
                let column = first + place * step
                for lane in 0..<lanes {
                    let isInside = lane < channels && column >= 0 && column < width
                    expected.append(isInside ? UInt16(x[lane * width + column].bitPattern >> 16) : 0)
                }
            }
            #expect(y == expected)
        }
    }

    @Test(
        "products add up in the stated order whatever lies in missing lanes", arguments: BFloat16Level.all,
        [1, 4, 5, 10, 11, 14, 15, 29])
    func convolution(level: BFloat16Level, width: Int) {
        for (channels, lanes, blocks, storesHalf, function) in [
            (5, 16, 1, false, ck_f32_function.count), (16, 16, 2, true, .count), (37, 16, 3, false, .hardSwish),
            (3, 4, 3, true, .hardSwish), (2, 4, 2, false, .count), (48, 16, 1, true, .relu),
        ] {
            let rows = 9
            var generator = SplitMix64(seed: UInt64(width * 7 + channels))
            let inputBlocks = (channels + 15) / 16
            let pitch = width + 2
            let step = (rows + 1) * pitch * lanes
            var x = Self.random(inputBlocks * step, &generator)
            for at in x.indices where at / step * 16 + at % lanes >= channels { x[at] = .nan }
            let taps = [0, lanes, 2 * lanes, pitch * lanes + lanes]
            let pairs = (channels / 16 * 8 + (channels % 16 + 1) / 2) * taps.count
            var weights = [Float](repeating: 0, count: blocks * pairs * 32)
            let filters = Self.random(blocks * 16 * channels * taps.count, &generator)
            let bias = Self.random(blocks * 16, &generator)
            let residual = Self.random(blocks * rows * width * 16, &generator)
            var expected = [Float](repeating: 0, count: residual.count)
            for block in 0..<blocks {
                let panel = block / 2 * 2 * pairs * 32 + (block / 2 * 2 + 1 < blocks ? block % 2 * 32 : 0)
                let pairStep = block / 2 * 2 + 1 < blocks ? 64 : 32
                for lane in 0..<16 {
                    var pair = 0
                    for first in stride(from: 0, to: channels, by: 16) {
                        for tap in taps.indices {
                            for channel in stride(from: first, to: min(first + 16, channels), by: 2) {
                                for odd in 0...1 where channel + odd < min(first + 16, channels) {
                                    weights[panel + pair * pairStep + lane * 2 + odd] =
                                        filters[((block * 16 + lane) * channels + channel + odd) * taps.count + tap]
                                }
                                pair += 1
                            }
                        }
                    }
                    for place in 0..<rows * width {
                        var sum: Float = 0
                        for first in stride(from: 0, to: channels, by: 16) {
                            for tap in taps.indices {
                                for channel in first..<min(first + 16, channels) {
                                    let source =
                                        first / 16 * step + (place / width * pitch + place % width) * lanes
                                        + taps[tap] + channel % 16
                                    sum.addProduct(
                                        x[source],
                                        filters[((block * 16 + lane) * channels + channel) * taps.count + tap])
                                }
                            }
                        }
                        let at = (block * rows * width + place) * 16 + lane
                        sum = min(max(sum + bias[block * 16 + lane] + residual[at], -2), 3)
                        if function == .relu { sum = max(sum, 0) }
                        if function == .hardSwish {
                            var mapped: Float = 0
                            ck_f32_map(function, &sum, &mapped, 1, 0, 0)
                            sum = mapped
                        }
                        expected[at] = sum
                    }
                }
            }
            let (xs, ws, halfResidual) = (Self.halves(x), Self.halves(weights), Self.halves(residual))
            var floats = [Float](repeating: 777, count: residual.count)
            var halves = [UInt16](repeating: 777, count: residual.count)
            xs.withUnsafeBufferPointer { x in
                floats.withUnsafeMutableBytes { floats in
                    halves.withUnsafeMutableBytes { halves in
                        withExtendedLifetime((ws, bias, residual, halfResidual, taps)) {
                            ws.withUnsafeBufferPointer { ws in
                                bias.withUnsafeBufferPointer { bias in
                                    residual.withUnsafeBytes { residual in
                                        halfResidual.withUnsafeBytes { halfResidual in
                                            taps.withUnsafeBufferPointer { taps in
                                                var job = ck_bf16_block_conv()
                                                (job.x, job.taps) = (x.baseAddress, taps.baseAddress)
                                                (job.tap_count, job.channels, job.lanes) = (4, channels, lanes)
                                                (job.channel_step, job.rows, job.width) = (step, rows, width)
                                                (job.row_step, job.weights) = (pitch * lanes, ws.baseAddress)
                                                job.bias = bias.baseAddress
                                                job.residual =
                                                    storesHalf ? halfResidual.baseAddress : residual.baseAddress
                                                job.residual_is_half = storesHalf ? 1 : 0
                                                job.y = storesHalf ? halves.baseAddress : floats.baseAddress
                                                job.y_is_half = storesHalf ? 1 : 0
                                                (job.y_block_step, job.y_pixel_step) = (rows * width * 16, 16)
                                                job.blocks = blocks
                                                job.finish = ck_f32_finish(
                                                    low: -2, high: 3, function: function, a: 0, b: 0, adds_last: 0)
                                                level.conv(&job)
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            let y = storesHalf ? halves.map { Float(bitPattern: UInt32($0) << 16) } : floats
            if storesHalf { expected = expected.map(nearestBFloat16) }
            let tolerance: Float = level.isFused ? 0 : storesHalf ? 0.02 : 1e-5
            #expect(zip(y, expected).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) })
        }
    }
}
