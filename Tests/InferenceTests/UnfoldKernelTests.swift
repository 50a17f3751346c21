import CKernels
import TestSupport
import Testing

@Suite("unfolding into panels")
struct UnfoldKernelTests {
    struct Layer: Sendable, CustomTestStringConvertible {
        var channels = 2
        var input = (7, 13)
        var kernel = (3, 3)
        var stride = (1, 1)
        var dilation = (1, 1)
        var pad = (1, 1)
        var testDescription: String {
            "\(channels)x\(input) kernel \(kernel) stride \(stride) dilation \(dilation) pad \(pad)"
        }
    }

    static let layers = [
        Layer(), Layer(channels: 3, input: (40, 41)), Layer(input: (9, 70), stride: (2, 2)),
        Layer(input: (8, 9), stride: (3, 3), pad: (2, 4)),
        Layer(input: (12, 11), kernel: (5, 2), dilation: (2, 3), pad: (4, 3)),
        Layer(channels: 1, input: (1, 50), kernel: (1, 4), stride: (1, 2), pad: (0, 0)),
        Layer(input: (3, 1), kernel: (3, 3), pad: (1, 1)),
        Layer(input: (6, 6), kernel: (1, 1), stride: (2, 2), pad: (0, 0)),
    ]

    typealias Unfold =
        @convention(c) (UnsafePointer<ck_f32_unfold_source>?, Int, Int, Int, UnsafeMutablePointer<Float>?) -> Void

    static var levels: [(String, Unfold)] {
        var levels: [(String, Unfold)] = [("portable", ck_f32_unfold__portable)]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue { levels.append(("avx2", ck_f32_unfold__avx2)) }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue { levels.append(("avx512", ck_f32_unfold__avx512)) }
        #endif
        return levels
    }

    @Test(
        "gives the same panels as plain columns packed, wherever a block of positions begins and ends",
        arguments: layers)
    func panels(layer: Layer) {
        func outputs(_ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ pad: Int) -> Int {
            (input + 2 * pad - (kernel - 1) * dilation - 1) / stride + 1
        }
        let height = outputs(layer.input.0, layer.kernel.0, layer.stride.0, layer.dilation.0, layer.pad.0)
        let width = outputs(layer.input.1, layer.kernel.1, layer.stride.1, layer.dilation.1, layer.pad.1)
        var window = ck_window(
            input: (1, layer.input.0, layer.input.1), output: (1, height, width),
            kernel: (1, layer.kernel.0, layer.kernel.1), stride: (1, layer.stride.0, layer.stride.1),
            dilation: (1, layer.dilation.0, layer.dilation.1), pad: (0, layer.pad.0, layer.pad.1))
        var generator = SplitMix64(seed: 5)
        let plane = layer.input.0 * layer.input.1
        let x = (0..<layer.channels * plane).map { _ in Float.random(in: -1...1, using: &generator) }
        let kernelCount = layer.kernel.0 * layer.kernel.1
        let depth = layer.channels * kernelCount
        let phase = ((width - 1) * layer.stride.1 + (layer.kernel.1 - 1) * layer.dilation.1) / layer.stride.1 + 1
        let rowFloats = phase * layer.stride.1
        let taps = (0..<kernelCount).map { tap in
            let (y, x) = (tap / layer.kernel.1 * layer.dilation.0, tap % layer.kernel.1 * layer.dilation.1)
            return (y * layer.stride.1 + x % layer.stride.1) * phase + x / layer.stride.1
        }
        for (first, count) in [
            (0, height * width), (1, height * width - 1), (width / 2, min(33, height * width - width / 2)),
        ]
        where count > 0 {
            var columns = [Float](repeating: 7, count: depth * count)
            ck_f32_im2col(&window, x, layer.channels, first, count, &columns, count)
            let panels = (count + 31) / 32
            var expected = [Float](repeating: 7, count: panels * depth * 32)
            ck_f32_gemm_pack_b(columns, count, depth, count, &expected)
            let firstRow = first / width
            let rows =
                ((first + count - 1) / width - firstRow) * layer.stride.0 + (layer.kernel.0 - 1) * layer.dilation.0 + 1
            var spread = [Float](repeating: .nan, count: layer.channels * rows * rowFloats + Int(ck_f32_unfold_slack))
            for channel in 0..<layer.channels {
                spread.withUnsafeMutableBufferPointer {
                    ck_f32_spread(
                        &window, Array(x[channel * plane..<(channel + 1) * plane]),
                        firstRow * layer.stride.0 - layer.pad.0, rows, phase,
                        $0.baseAddress.map { $0 + channel * rows * rowFloats })
                }
            }
            for (name, unfold) in Self.levels {
                var packed = [Float](repeating: .nan, count: expected.count + Int(ck_f32_unfold_slack))
                spread.withUnsafeBufferPointer { spread in
                    taps.withUnsafeBufferPointer { taps in
                        var source = ck_f32_unfold_source(
                            spread: spread.baseAddress, channel_step: rows * rowFloats,
                            row_step: layer.stride.0 * rowFloats, width: width, taps: taps.baseAddress,
                            tap_count: kernelCount)
                        unfold(&source, layer.channels, first % width, count, &packed)
                    }
                }
                let wrong = (0..<panels * depth * 32).filter { index in
                    let column = index / (depth * 32) * 32 + index % 32
                    return column < count && packed[index] != expected[index]
                }
                #expect(wrong.isEmpty, "\(name), positions from \(first), \(count) of them: \(wrong.count) differ")
            }
        }
    }
}
