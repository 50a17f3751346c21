internal import CKernels
internal import Tensors

/// Maximum pooling of float planes in two passes, first along columns and then along rows.
///
/// A pass is a maximum of whole rows or planes shifted against each other. Strides along columns leave out rows before
/// the first pass; strides along rows part the elements by phase before the second, so that both passes read and write
/// consecutive elements.
struct SeparableMax {
    private let geometry: WindowGeometry
    private let paddedHeight: Int
    private let paddedWidth: Int
    private let window: ck_window
    /// The windows stay inside the plane, which is then read where it lies.
    private let isInside: Bool
    /// Floats of a row in the first pass.
    private let pitch: Int
    /// Floats of one phase of a row in the second pass.
    private let phase: Int

    init(_ geometry: WindowGeometry) {
        self.geometry = geometry
        window = geometry.window
        paddedHeight = (window.output.1 - 1) * window.stride.1 + (window.kernel.1 - 1) * window.dilation.1 + 1
        paddedWidth = (window.output.2 - 1) * window.stride.2 + (window.kernel.2 - 1) * window.dilation.2 + 1
        isInside =
            window.pad.1 == 0 && window.pad.2 == 0 && paddedHeight <= window.input.1 && paddedWidth <= window.input.2
        pitch = isInside ? window.input.2 : paddedWidth
        phase = (paddedWidth + window.stride.2 - 1) / window.stride.2
    }

    static func isSuitable(_ geometry: WindowGeometry) -> Bool {
        geometry.rank <= 2 && geometry.outputCount > 0 && geometry.stride.allSatisfy { $0 <= 4 }
            && geometry.inputCount < 1 << 28 && zip(geometry.before, geometry.kernel).allSatisfy { $0 < 64 && $1 < 64 }
    }

    private var paddedCount: Int { isInside ? 0 : paddedHeight * paddedWidth }
    private var tallCount: Int { window.output.1 * pitch }
    private var wideCount: Int { window.output.1 * max(pitch, phase * window.stride.2) + Int(ck_f32_unfold_slack) }
    /// Bytes that one thread needs.
    var workspaceByteCount: Int { ((paddedCount + tallCount + wideCount) * MemoryLayout<Float>.stride + 63) & ~63 }

    func run(
        _ x: UnsafeBufferPointer<Float>, _ y: UnsafeMutableBufferPointer<Float>, _ planes: Int,
        _ workspace: UnsafeMutableRawBufferPointer, _ parallelism: Parallelism
    ) {
        let job = ConvJob(
            x: x, weights: x, bias: nil, y: y, workspace: workspace, epilogue: .identity)
        let threads = min(parallelism.width, planes)
        parallelism.run(count: threads) { thread in
            guard let input = job.x.baseAddress, let output = job.y.baseAddress, let base = job.workspace.baseAddress
            else { return }
            let padded = (base + thread * workspaceByteCount).assumingMemoryBound(to: Float.self)
            padded.update(repeating: -.infinity, count: paddedCount)
            let tall = padded + paddedCount
            for plane in planes * thread / threads..<planes * (thread + 1) / threads {
                let source = pad(input + plane * geometry.inputCount, padded)
                alongColumns(source, tall)
                alongRows(tall, tall + tallCount, output + plane * geometry.outputCount)
            }
        }
    }

    /// The plane with its padding; what surrounds it stays from one plane to the next.
    private func pad(_ x: UnsafePointer<Float>, _ padded: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
        guard !isInside else { return x }
        let rows = min(window.input.1, paddedHeight - window.pad.1)
        let columns = min(window.input.2, paddedWidth - window.pad.2)
        for row in 0..<max(0, rows) where columns > 0 {
            (padded + (row + window.pad.1) * paddedWidth + window.pad.2).update(
                from: x + row * window.input.2, count: columns)
        }
        return UnsafePointer(padded)
    }

    /// Row r of `tall` is the maximum of the rows of window r.
    private func alongColumns(_ source: UnsafePointer<Float>, _ tall: UnsafeMutablePointer<Float>) {
        let step = window.dilation.1 * pitch
        // Consecutive windows start in consecutive rows: all of them at once.
        let (rows, count) = window.stride.1 == 1 ? (1, tallCount) : (window.output.1, pitch)
        for row in 0..<rows {
            maximum(source + row * window.stride.1 * pitch, step, window.kernel.1, tall + row * pitch, count)
        }
    }

    private func alongRows(
        _ tall: UnsafePointer<Float>, _ wide: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>
    ) {
        let (height, width, stride) = (window.output.1, window.output.2, window.stride.2)
        if stride == 1 {
            // Elements near the end of a row mix with the next row, but no output reads those.
            let reach = (window.kernel.2 - 1) * window.dilation.2
            maximum(tall, window.dilation.2, window.kernel.2, wide, tallCount - reach)
            for row in 0..<height { (y + row * width).update(from: wide + row * pitch, count: width) }
            return
        }
        var rows = window
        (rows.input.1, rows.input.2, rows.pad.2) = (height, pitch, 0)
        ck_f32_spread(&rows, tall, 0, height, phase, wide)
        for row in 0..<height {
            let (line, target) = (wide + row * phase * stride, y + row * width)
            for tap in 0..<window.kernel.2 {
                let column = tap * window.dilation.2
                let elements = line + column % stride * phase + column / stride
                if tap == 0 {
                    target.update(from: elements, count: width)
                } else {
                    ck_f32_zip(.max, target, 1, elements, 1, target, width)
                }
            }
        }
    }

    /// y[i] = the maximum of x[i], x[i + step], …, `taps` of them.
    private func maximum(
        _ x: UnsafePointer<Float>, _ step: Int, _ taps: Int, _ y: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        guard taps > 1 else { return y.update(from: x, count: count) }
        ck_f32_zip(.max, x, 1, x + step, 1, y, count)
        for tap in 2..<max(2, taps) { ck_f32_zip(.max, y, 1, x + tap * step, 1, y, count) }
    }
}
