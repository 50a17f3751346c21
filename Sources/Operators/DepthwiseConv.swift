internal import CKernels
internal import Tensors

/// A convolution of one input channel per group, over one or two spatial axes.
///
/// Each channel's plane is copied once into a padded plane, split by column phase when the stride is above 1, so that
/// every tap of the kernel reads consecutive elements; then bands of rows are summed over the taps and finished with
/// bias and activation while they are in the first-level cache.
struct DepthwiseConv {
    private let layer: ConvLayer
    private let window: ck_window
    private let outputHeight, outputWidth: Int
    private let kernelHeight, kernelWidth: Int
    private let stride: (y: Int, x: Int)
    private let dilation: (y: Int, x: Int)
    /// Elements of one phase of a padded row.
    private let phaseWidth: Int
    private let paddedHeight: Int
    private let bandHeight: Int

    /// Floats that vectors may read or write beyond the last one.
    private static let slack = 64
    private static let bandFloats = 4096

    init(_ layer: ConvLayer) {
        self.layer = layer
        window = layer.geometry.window
        (outputHeight, outputWidth) = (window.output.1, window.output.2)
        (kernelHeight, kernelWidth) = (window.kernel.1, window.kernel.2)
        stride = (window.stride.1, window.stride.2)
        dilation = (window.dilation.1, window.dilation.2)
        let reach = (outputWidth - 1) * stride.x + (kernelWidth - 1) * dilation.x + 1
        phaseWidth = max(1, (reach + stride.x - 1) / stride.x)
        paddedHeight = max(1, (outputHeight - 1) * stride.y + (kernelHeight - 1) * dilation.y + 1)
        bandHeight = max(1, Self.bandFloats / max(1, outputWidth) / 4 * 4)
    }

    private var paddedCount: Int { paddedHeight * phaseWidth * stride.x + Self.slack }
    private var bandCount: Int { min(bandHeight, outputHeight) * outputWidth + Self.slack }

    /// Bytes that one thread needs.
    var workspaceByteCount: Int { (paddedCount + bandCount + 15) / 16 * 64 }

    /// Offsets of the taps from the first element of an output row's window.
    private var taps: [Int] {
        (0..<kernelHeight * kernelWidth).map { tap in
            let (ky, kx) = (tap / kernelWidth * dilation.y, tap % kernelWidth * dilation.x)
            return (ky * stride.x + kx % stride.x) * phaseWidth + kx / stride.x
        }
    }

    func run(_ job: ConvJob, _ parallelism: Parallelism) {
        let channels = layer.batch * layer.outputChannels
        let taps = taps
        let threads = min(parallelism.width, channels)
        let bytes = workspaceByteCount
        parallelism.run(count: threads) { thread in
            guard let base = job.workspace.baseAddress else { return }
            let padded = (base + thread * bytes).assumingMemoryBound(to: Float.self)
            (padded + paddedCount - Self.slack).update(repeating: 0, count: Self.slack)
            for channel in channels * thread / threads..<channels * (thread + 1) / threads {
                runChannel(job, taps, padded, padded + paddedCount, channel)
            }
        }
    }

    private func runChannel(
        _ job: ConvJob, _ taps: [Int], _ padded: UnsafeMutablePointer<Float>, _ band: UnsafeMutablePointer<Float>,
        _ channel: Int
    ) {
        guard let input = job.x.baseAddress, let weights = job.weights.baseAddress, let output = job.y.baseAddress
        else {
            return
        }
        let image = channel / layer.outputChannels
        let outputChannel = channel % layer.outputChannels
        let inputChannel = image * layer.groups + outputChannel / layer.groupOutputs
        withUnsafePointer(to: window) {
            ck_f32_spread(
                $0, input + inputChannel * layer.geometry.inputCount, -window.pad.1, paddedHeight, phaseWidth, padded)
        }
        let bias = job.bias.map { $0[outputChannel] }
        var row = 0
        while row < outputHeight {
            let rows = min(bandHeight, outputHeight - row)
            ck_f32_taps(
                padded + row * stride.y * stride.x * phaseWidth, stride.y * stride.x * phaseWidth, taps,
                weights + outputChannel * taps.count, taps.count, band, rows, outputWidth)
            job.epilogue.apply(
                band, to: output + (channel * outputHeight + row) * outputWidth, rows * outputWidth, bias: bias)
            row += rows
        }
    }
}
