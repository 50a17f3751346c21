internal import CKernels
internal import Tensors

/// A convolution at fixed shapes, as matrix products: for each image, group and block of output positions
/// y[M / groups, positions] = weights[M / groups, K] · columns[K, positions], K = C / groups · kernel.
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
    private static let blockFloats = 160 * 1024
    /// Below this many multiply-adds the work stays on the calling thread.
    private static let parallelThreshold = 1 << 20

    /// Output positions of one block, a multiple of 16 unless it is all of them.
    var blockWidth: Int {
        let positions = geometry.outputCount
        let wanted = max(256, Self.blockFloats / (depth + groupOutputs))
        let blocks = max(1, (positions + wanted - 1) / wanted)
        return min(positions, ((positions + blocks - 1) / blocks + 15) & ~15)
    }

    /// Output channels of one piece: half of them when the positions alone make too few pieces.
    var blockHeight: Int {
        let isLarge = groupOutputs * geometry.outputCount * depth >= 1 << 22
        return isLarge && blockWidth == geometry.outputCount && groups == 1 && batch == 1 && groupOutputs >= 32
            && geometry.isPointwise
            ? ((groupOutputs + 1) / 2 + 15) & ~15 : groupOutputs
    }

    /// Bytes that one thread needs for unfolded windows.
    var unfoldedByteCount: Int { depth * blockWidth * MemoryLayout<Float>.stride }

    func run(_ job: ConvJob, _ parallelism: Parallelism) {
        let across = (geometry.outputCount + blockWidth - 1) / blockWidth
        let down = (groupOutputs + blockHeight - 1) / blockHeight
        let pieces = batch * groups * across * down
        let work = batch * outputChannels * geometry.outputCount * depth
        let threads = work < Self.parallelThreshold ? 1 : min(parallelism.width, pieces)
        let window = geometry.window
        parallelism.run(count: threads) { thread in
            let columns = job.workspace.baseAddress.map {
                ($0 + thread * unfoldedByteCount).assumingMemoryBound(to: Float.self)
            }
            for piece in pieces * thread / threads..<pieces * (thread + 1) / threads {
                let image = piece / (groups * across * down)
                let group = piece / (across * down) % groups
                let row = piece / across % down * blockHeight
                let column = piece % across * blockWidth
                runPiece(job, window, columns, image: image, group: group, row: row, column: column)
            }
        }
    }

    private func runPiece(
        _ job: ConvJob, _ window: ck_window, _ columns: UnsafeMutablePointer<Float>?, image: Int, group: Int, row: Int,
        column: Int
    ) {
        guard let input = job.x.baseAddress, let weights = job.weights.baseAddress, let output = job.y.baseAddress
        else {
            return
        }
        let positions = geometry.outputCount
        let width = min(blockWidth, positions - column)
        let height = min(blockHeight, groupOutputs - row)
        let channel = group * groupOutputs + row
        let x = input + (image * groups + group) * groupInputs * geometry.inputCount
        let y = output + (image * outputChannels + channel) * positions + column
        if geometry.isPointwise {
            BLAS.gemm(
                m: height, n: width, k: depth, a: weights + channel * depth, lda: depth, b: x + column, ldb: positions,
                c: y, ldc: positions)
        } else if let columns {
            withUnsafePointer(to: window) {
                ck_f32_im2col($0, x, groupInputs, column, width, columns, width)
            }
            BLAS.gemm(
                m: height, n: width, k: depth, a: weights + channel * depth, lda: depth, b: columns, ldb: width, c: y,
                ldc: positions)
        }
        for index in 0..<height {
            job.epilogue.apply(y + index * positions, width, bias: job.bias.map { $0[channel + index] })
        }
    }
}
