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
    /// Panels of output positions that a thread should have before the work is cut along positions for threads.
    private static let panelsPerThread = 5

    func run(_ job: ConvJob, _ weights: PackedWeights, _ parallelism: Parallelism) {
        let blocks = blocks(threads: parallelism.width)
        let pieces = batch * groups * blocks.across * blocks.down
        let threads = isLarge ? min(parallelism.width, pieces) : 1
        let unfolding = geometry.isPointwise ? nil : Unfolding(geometry)
        let bytes = workspaceByteCount(threads: parallelism.width)
        parallelism.run(count: threads) { thread in
            guard let scratch = job.workspace.baseAddress else { return }
            let floats = (scratch + thread * bytes).assumingMemoryBound(to: Float.self)
            for piece in pieces * thread / threads..<pieces * (thread + 1) / threads {
                let image = piece / (groups * blocks.across * blocks.down)
                let group = piece / (blocks.across * blocks.down) % groups
                let rows = blocks.rows(piece / blocks.across % blocks.down)
                let columns = blocks.columns(piece % blocks.across)
                runPiece(job, weights, unfolding, floats, image: image, group: group, rows: rows, columns: columns)
            }
        }
    }

    /// Bytes that one of `threads` threads needs.
    func workspaceByteCount(threads: Int) -> Int {
        let width = blocks(threads: threads).largestWidth
        let columns = min(depth, depthBlock) * width + Int(ck_f32_unfold_slack)
        let spread = geometry.isPointwise ? 0 : Unfolding(geometry).floatCount(channels: channelBlock, width: width)
        return ((columns + spread) * MemoryLayout<Float>.stride + 63) & ~63
    }

    private var isLarge: Bool { batch * outputChannels * geometry.outputCount * depth >= Self.parallelThreshold }
    private var depthBlock: Int { PackedWeights.depthBlock(kernelCount: geometry.kernelCount) }
    /// Input channels that are unfolded at a time.
    private var channelBlock: Int { min(groupInputs, depthBlock / geometry.kernelCount) }

    /// How the output of one image and group is cut for this many threads. Where it is cut changes no bit.
    private func blocks(threads: Int) -> Blocks {
        let floats = min(depth, depthBlock) + (geometry.isPointwise ? 0 : channelBlock) + groupOutputs
        let wanted = max(256, Self.blockFloats / floats)
        var blocks = Blocks(positions: geometry.outputCount, channels: groupOutputs)
        blocks.across = max(1, (geometry.outputCount + wanted - 1) / wanted)
        guard isLarge, threads > 1, batch * groups % threads != 0 else { return blocks }
        if blocks.columnPanels >= Self.panelsPerThread * threads {
            blocks.across = (blocks.across + threads - 1) / threads * threads
        } else {
            blocks.down = min(threads, blocks.rowPanels)
        }
        return blocks
    }

    private func runPiece(
        _ job: ConvJob, _ weights: PackedWeights, _ unfolding: Unfolding?, _ scratch: UnsafeMutablePointer<Float>,
        image: Int, group: Int, rows: Range<Int>, columns: Range<Int>
    ) {
        guard let input = job.x.baseAddress, let output = job.y.baseAddress else { return }
        let (positions, plane) = (geometry.outputCount, geometry.inputCount)
        let channel = group * groupOutputs + rows.lowerBound
        let x = input + (image * groups + group) * groupInputs * plane
        let y = output + (image * outputChannels + channel) * positions + columns.lowerBound
        for first in stride(from: 0, to: depth, by: depthBlock) {
            let count = min(depthBlock, depth - first)
            if let unfolding {
                unfolding.pack(
                    x + first / geometry.kernelCount * plane, channels: count / geometry.kernelCount,
                    positions: columns, into: scratch)
            } else {
                ck_f32_gemm_pack_b(
                    x + first * positions + columns.lowerBound, positions, count, columns.count, scratch)
            }
            ck_f32_gemm(
                rows.count, columns.count, count,
                weights.panels(group: group, first: first, count: count, row: rows.lowerBound), scratch,
                job.bias.map { $0 + channel }, first > 0 ? 1 : 0, y, positions)
        }
        for index in 0..<rows.count { job.epilogue.apply(y + index * positions, columns.count, bias: nil) }
    }

    /// An output of channels by positions, cut into `down` by `across` pieces of whole panels, as even as can be.
    private struct Blocks {
        let positions: Int
        let channels: Int
        var across = 1
        var down = 1

        init(positions: Int, channels: Int) {
            self.positions = positions
            self.channels = channels
        }

        var columnPanels: Int { (positions + Int(ck_f32_gemm_columns) - 1) / Int(ck_f32_gemm_columns) }
        var rowPanels: Int { (channels + Int(ck_f32_gemm_rows) - 1) / Int(ck_f32_gemm_rows) }
        /// Positions of the widest piece, as whole panels.
        var largestWidth: Int { (columnPanels + across - 1) / across * Int(ck_f32_gemm_columns) }

        func columns(_ index: Int) -> Range<Int> {
            Self.part(index, of: across, columnPanels, Int(ck_f32_gemm_columns), positions)
        }

        func rows(_ index: Int) -> Range<Int> {
            Self.part(index, of: down, rowPanels, Int(ck_f32_gemm_rows), channels)
        }

        private static func part(_ index: Int, of count: Int, _ panels: Int, _ panel: Int, _ end: Int) -> Range<Int> {
            min(end, panels * index / count * panel)..<min(end, panels * (index + 1) / count * panel)
        }
    }
}
