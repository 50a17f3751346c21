internal import CKernels
internal import Tensors

/// A blocked convolution at fixed shapes: how its output is cut into bands for the cache and parts for threads.
struct BlockedConvLayer {
    private let window: ck_window
    private let layout: BlockedWindow
    /// 1 × 1 without stride or padding: pixels are read where they lie, in bands of pixels instead of rows.
    private let isPointwise: Bool
    private let isPlanar: Bool
    private let batch, groups, groupInputs, outputs: Int
    private let kernelCount: Int

    /// Floats of input that a band may have: a part of a usual second-level cache.
    private static let bandFloats = 64 * 1024
    /// Below this many multiply-adds the work stays on the calling thread.
    private static let parallelThreshold = 1 << 19
    private static let tilePixels = 14

    init(geometry: WindowGeometry, batch: Int, groups: Int, groupInputs: Int, outputs: Int, isPlanar: Bool) {
        window = geometry.window
        layout = BlockedWindow(geometry.window, pixel: isPlanar ? 1 : BlockedLayout.lanes)
        isPointwise = geometry.isPointwise
        kernelCount = geometry.kernelCount
        self.isPlanar = isPlanar
        self.batch = batch
        self.groups = groups
        self.groupInputs = groupInputs
        self.outputs = outputs
    }

    private var outputPixels: Int { window.output.1 * window.output.2 }
    private var inputPixels: Int { window.input.1 * window.input.2 }
    private var groupBlocks: Int { BlockedLayout.blocks(outputs / groups) }
    /// Blocks, or planes, of one group's input.
    private var inputCount: Int { isPlanar ? groupInputs : BlockedLayout.blocks(groupInputs) }
    private var pixelFloats: Int { isPlanar ? 1 : BlockedLayout.lanes }

    /// Bands of rows, of pixels for a pointwise layer.
    private func cut(threads: Int) -> WorkCut {
        let floats = isPointwise ? inputCount * pixelFloats : inputCount * layout.channelStep(rows: 8) / 8
        var cut = WorkCut(
            images: batch, groups: groups, blocks: groupBlocks, length: isPointwise ? outputPixels : window.output.1,
            wanted: max(isPointwise ? 4 * Self.tilePixels : 1, Self.bandFloats / max(1, floats)))
        guard isLarge else { return cut }
        let weights = outputs * groupInputs * kernelCount
        let input = batch * groupInputs * groups * inputPixels
        cut.share(
            threads: threads, prefersParts: weights > input || outputPixels < 2 * threads * Self.tilePixels)
        return cut
    }

    private var isLarge: Bool {
        batch * outputs * outputPixels * groupInputs * kernelCount >= Self.parallelThreshold
    }

    /// Bytes that one of `threads` threads needs.
    func workspaceByteCount(threads: Int) -> Int {
        guard !isPointwise else { return 0 }
        let floats = inputCount * layout.channelStep(rows: cut(threads: threads).longest) + Int(ck_f32_unfold_slack)
        return (floats * MemoryLayout<Float>.stride + 63) & ~63
    }

    func run(_ job: BlockedConvJob, _ weights: BlockedWeights, _ parallelism: Parallelism) {
        let bytes = workspaceByteCount(threads: parallelism.width)
        cut(threads: parallelism.width).run(isLarge ? parallelism : .serial) { thread, piece in
            let scratch = job.workspace.map { ($0 + thread * bytes).assumingMemoryBound(to: Float.self) }
            runPiece(job, weights, scratch, piece)
        }
    }

    private func runPiece(
        _ job: BlockedConvJob, _ weights: BlockedWeights, _ scratch: UnsafeMutablePointer<Float>?,
        _ piece: WorkCut.Piece
    ) {
        let (image, group, blocks, band) = (piece.image, piece.group, piece.blocks, piece.band)
        let lanes = BlockedLayout.lanes
        let x = job.x.floats + (image * groups + group) * inputCount * inputPixels * pixelFloats
        let firstPixel = isPointwise ? band.lowerBound : band.lowerBound * window.output.2
        let block = (image * groups + group) * groupBlocks + blocks.lowerBound
        let at = (block * outputPixels + firstPixel) * lanes
        var run = ck_f32_block_conv()
        run.tap_count = kernelCount
        run.channels = groupInputs
        run.lanes = isPlanar ? 1 : lanes
        run.weights = weights.panels(group: group, block: blocks.lowerBound)
        run.bias = weights.bias(group: group, block: blocks.lowerBound)
        run.residual = job.residual.map { UnsafePointer($0.floats + at) }
        run.y = job.y.floats + at
        run.y_block_step = outputPixels * lanes
        run.y_pixel_step = lanes
        run.blocks = blocks.count
        run.finish = job.finish
        if isPointwise {
            run.x = UnsafePointer(x + firstPixel * pixelFloats)
            run.channel_step = inputPixels * pixelFloats
            run.rows = 1
            run.width = band.count
            run.row_step = band.count * pixelFloats
            var tap = 0
            withUnsafePointer(to: &tap) {
                run.taps = $0
                ck_f32_block_conv_run(&run)
            }
        } else if let scratch {
            layout.gather(x, count: inputCount, first: band.lowerBound, rows: band.count, into: scratch)
            run.x = UnsafePointer(scratch)
            run.channel_step = layout.channelStep(rows: band.count)
            run.rows = band.count
            run.width = window.output.2
            run.row_step = layout.rowStep
            layout.taps(rows: band.count).withUnsafeBufferPointer {
                run.taps = $0.baseAddress
                ck_f32_block_conv_run(&run)
            }
        }
    }
}
