internal import CKernels
internal import Tensors

/// A convolution at fixed shapes, as matrix products: for each image, group and block of output positions
/// y[M / groups, positions] = weights[M / groups, K] · columns[K, positions], K = C / groups · kernel.
///
/// Each output element starts from its bias and accumulates over K in ascending order, however the work is cut.
struct ConvLayer {
    let geometry: WindowGeometry
    let batch: Int
    let groups: Int
    /// Input channels of one group.
    let groupInputs: Int
    let outputChannels: Int

    var groupOutputs: Int { outputChannels / groups }
    var depth: Int { groupInputs * geometry.kernelCount }
    var isDepthwise: Bool { groups > 1 && groupInputs == 1 && geometry.rank <= 2 }

    /// Floats of columns and output that a block may have: about half of a usual second-level cache.
    private static let blockFloats = 128 * 1024
    /// Below this many multiply-adds the work stays on the calling thread.
    private static let parallelThreshold = 1 << 20

    private var depthBlock: Int { PackedWeights.depthBlock(kernelCount: geometry.kernelCount) }

    /// Output positions of one block: whole panels of 32.
    private var blockWidth: Int {
        let floats = min(depth, depthBlock) * (geometry.isPointwise ? 1 : 2) + groupOutputs
        let wanted = max(256, Self.blockFloats / floats)
        let blocks = max(1, (geometry.outputCount + wanted - 1) / wanted)
        return ((geometry.outputCount + blocks - 1) / blocks + 31) & ~31
    }

    /// Output channels of one piece: half of them when there would be only one piece of much work.
    private var blockHeight: Int {
        let isLarge = groupOutputs * geometry.outputCount * depth >= 2 * Self.parallelThreshold
        let isSingle = batch * groups == 1 && blockWidth >= geometry.outputCount
        return isLarge && isSingle && groupOutputs >= 24 ? ((groupOutputs + 1) / 2 + 11) / 12 * 12 : groupOutputs
    }

    /// Floats of one thread's packed columns, and of its unfolded windows before them.
    private var packedCount: Int { min(depth, depthBlock) * blockWidth }
    private var unfoldedCount: Int { geometry.isPointwise ? 0 : packedCount }

    /// Bytes that one thread needs.
    var workspaceByteCount: Int { ((packedCount + unfoldedCount) * MemoryLayout<Float>.stride + 63) & ~63 }

    func run(_ job: ConvJob, _ weights: PackedWeights, _ parallelism: Parallelism) {
        let across = (geometry.outputCount + blockWidth - 1) / blockWidth
        let down = (groupOutputs + blockHeight - 1) / blockHeight
        let pieces = batch * groups * across * down
        let work = batch * outputChannels * geometry.outputCount * depth
        let threads = work < Self.parallelThreshold ? 1 : min(parallelism.width, pieces)
        let window = geometry.window
        parallelism.run(count: threads) { thread in
            guard let scratch = job.workspace.baseAddress else { return }
            let floats = (scratch + thread * workspaceByteCount).assumingMemoryBound(to: Float.self)
            for piece in pieces * thread / threads..<pieces * (thread + 1) / threads {
                let image = piece / (groups * across * down)
                let group = piece / (across * down) % groups
                let row = piece / across % down * blockHeight
                let column = piece % across * blockWidth
                runPiece(job, weights, window, floats, image: image, group: group, row: row, column: column)
            }
        }
    }

    private func runPiece(
        _ job: ConvJob, _ weights: PackedWeights, _ window: ck_window, _ scratch: UnsafeMutablePointer<Float>,
        image: Int, group: Int, row: Int, column: Int
    ) {
        guard let input = job.x.baseAddress, let output = job.y.baseAddress else { return }
        let (positions, plane) = (geometry.outputCount, geometry.inputCount)
        let width = min(blockWidth, positions - column)
        let height = min(blockHeight, groupOutputs - row)
        let channel = group * groupOutputs + row
        let x = input + (image * groups + group) * groupInputs * plane
        let y = output + (image * outputChannels + channel) * positions + column
        for first in stride(from: 0, to: depth, by: depthBlock) {
            let count = min(depthBlock, depth - first)
            if geometry.isPointwise {
                ck_f32_gemm_pack_b(x + first * positions + column, positions, count, width, scratch)
            } else {
                let columns = scratch + packedCount
                let firstChannel = first / geometry.kernelCount
                withUnsafePointer(to: window) {
                    ck_f32_im2col(
                        $0, x + firstChannel * plane, count / geometry.kernelCount, column, width, columns, width)
                }
                ck_f32_gemm_pack_b(columns, width, count, width, scratch)
            }
            ck_f32_gemm(
                height, width, count, weights.panels(group: group, first: first, count: count, row: row), scratch,
                job.bias.map { $0 + channel }, first > 0 ? 1 : 0, y, positions)
        }
        for index in 0..<height { job.epilogue.apply(y + index * positions, width, bias: nil) }
    }
}
