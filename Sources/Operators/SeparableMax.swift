internal import CKernels
internal import Tensors

/// Maximum pooling of float planes in two passes, first along rows and then along columns.
///
/// A pass is a maximum of whole padded planes shifted against each other, computed at every position; strides above 1
/// pick from the result.
struct SeparableMax {
    private let geometry: WindowGeometry
    private let paddedHeight: Int
    private let paddedWidth: Int
    private let window: ck_window

    init(_ geometry: WindowGeometry) {
        self.geometry = geometry
        window = geometry.window
        paddedHeight = (window.output.1 - 1) * window.stride.1 + (window.kernel.1 - 1) * window.dilation.1 + 1
        paddedWidth = (window.output.2 - 1) * window.stride.2 + (window.kernel.2 - 1) * window.dilation.2 + 1
    }

    static func isSuitable(_ geometry: WindowGeometry) -> Bool {
        geometry.rank <= 2 && geometry.outputCount > 0 && geometry.stride.allSatisfy { $0 <= 4 }
            && geometry.inputCount < 1 << 28 && zip(geometry.before, geometry.kernel).allSatisfy { $0 < 64 && $1 < 64 }
    }

    private var planeCount: Int { (paddedHeight * paddedWidth + 15) & ~15 }
    /// Bytes that one thread needs.
    var workspaceByteCount: Int { 2 * planeCount * MemoryLayout<Float>.stride }

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
            padded.update(repeating: -.infinity, count: planeCount)
            for plane in planes * thread / threads..<planes * (thread + 1) / threads {
                runPlane(
                    input + plane * geometry.inputCount, output + plane * geometry.outputCount, padded,
                    padded + planeCount)
            }
        }
    }

    private func runPlane(
        _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ padded: UnsafeMutablePointer<Float>,
        _ rowwise: UnsafeMutablePointer<Float>
    ) {
        let (inputHeight, inputWidth) = (window.input.1, window.input.2)
        let rows = min(inputHeight, paddedHeight - window.pad.1)
        let columns = min(inputWidth, paddedWidth - window.pad.2)
        for row in 0..<max(0, rows) where columns > 0 {
            (padded + (row + window.pad.1) * paddedWidth + window.pad.2).update(
                from: x + row * inputWidth, count: columns)
        }
        // Along rows: elements near the end of a row mix with the next row, but no output reads those.
        let total = paddedHeight * paddedWidth
        let reachX = (window.kernel.2 - 1) * window.dilation.2
        rowwise.update(from: padded, count: total)
        for tap in 1..<max(1, window.kernel.2) {
            ck_f32_zip(.max, rowwise, 1, padded + tap * window.dilation.2, 1, rowwise, total - reachX)
        }
        // Along columns, into the rows where windows start; a row is done before another reads it as a start.
        for row in 0..<window.output.1 {
            let line = rowwise + row * window.stride.1 * paddedWidth
            for tap in 1..<max(1, window.kernel.1) {
                ck_f32_zip(
                    .max, line, 1, line + tap * window.dilation.1 * paddedWidth, 1, line, paddedWidth - reachX)
            }
            let target = y + row * window.output.2
            if window.stride.2 == 1 {
                target.update(from: line, count: window.output.2)
            } else {
                for column in 0..<window.output.2 { target[column] = line[column * window.stride.2] }
            }
        }
    }
}
