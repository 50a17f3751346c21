internal import CKernels
internal import Tensors

/// How a convolution's windows become the columns of a matrix product, in the panels that the kernel reads.
///
/// Up to two spatial axes go through rows spread with their padding into panels at once; three go through plain columns.
struct Unfolding {
    private let window: ck_window
    private let taps: [Int]
    private let phase: Int
    private let inputCount: Int
    private let kernelCount: Int
    private let isPlanar: Bool

    init(_ geometry: WindowGeometry) {
        let window = geometry.window
        self.window = window
        (inputCount, kernelCount) = (geometry.inputCount, geometry.kernelCount)
        isPlanar = geometry.rank <= 2
        let step = window.stride.2
        let reach = (window.output.2 - 1) * step + (window.kernel.2 - 1) * window.dilation.2 + 1
        let phase = max(1, (reach + step - 1) / step)
        self.phase = phase
        taps = (0..<window.kernel.1 * window.kernel.2).map { tap in
            let y = tap / window.kernel.2 * window.dilation.1
            let x = tap % window.kernel.2 * window.dilation.2
            return (y * step + x % step) * phase + x / step
        }
    }

    /// Floats of a spread row.
    private var rowFloats: Int { phase * window.stride.2 }

    /// Spread rows that output rows with these positions need.
    private func rows(_ outputRows: Int) -> Int {
        (outputRows - 1) * window.stride.1 + (window.kernel.1 - 1) * window.dilation.1 + 1
    }

    /// Floats of scratch beside the panels for `width` positions.
    func floatCount(channels: Int, width: Int) -> Int {
        guard isPlanar else { return channels * kernelCount * width }
        // Positions that start within a row touch one more.
        let outputRows = min(window.output.1, (width + window.output.2 - 2) / window.output.2 + 1)
        return channels * rows(outputRows) * rowFloats + Int(ck_f32_unfold_slack)
    }

    /// Packs the windows of `channels` channels at these positions into `packed`; scratch follows the panels and their
    /// slack.
    func pack(
        _ x: UnsafePointer<Float>, channels: Int, positions: Range<Int>, into packed: UnsafeMutablePointer<Float>
    ) {
        let panel = Int(ck_f32_gemm_columns)
        let panels = (positions.count + panel - 1) / panel
        let scratch = packed + panels * channels * kernelCount * panel + Int(ck_f32_unfold_slack)
        guard isPlanar else {
            withUnsafePointer(to: window) {
                ck_f32_im2col($0, x, channels, positions.lowerBound, positions.count, scratch, positions.count)
            }
            ck_f32_gemm_pack_b(scratch, positions.count, channels * kernelCount, positions.count, packed)
            return
        }
        guard let last = positions.last else { return }
        let firstRow = positions.lowerBound / window.output.2
        let rows = rows(last / window.output.2 - firstRow + 1)
        withUnsafePointer(to: window) { window in
            for channel in 0..<channels {
                ck_f32_spread(
                    window, x + channel * inputCount, firstRow * window.pointee.stride.1 - window.pointee.pad.1, rows,
                    phase, scratch + channel * rows * rowFloats)
            }
        }
        (scratch + channels * rows * rowFloats).update(repeating: 0, count: Int(ck_f32_unfold_slack))
        taps.withUnsafeBufferPointer { taps in
            var source = ck_f32_unfold_source(
                spread: scratch, channel_step: rows * rowFloats, row_step: window.stride.1 * rowFloats,
                width: window.output.2, taps: taps.baseAddress, tap_count: taps.count)
            ck_f32_unfold(&source, channels, positions.lowerBound % window.output.2, positions.count, packed)
        }
    }
}
