internal import CKernels
internal import Tensors

/// A blocked convolution in bfloat16 at fixed shapes: how its output is cut into bands for the cache and parts for threads.
///
/// Inputs that are not yet bfloat16, or whose windows must be laid out, go through scratch memory a band at a time.
struct BFloat16ConvLayer {
    private let window: ck_window
    private let layout: BlockedWindow
    /// 1 × 1 without stride or padding: bands are of pixels instead of rows.
    private let isPointwise: Bool
    private let isPlanar: Bool
    private let batch, groups, groupInputs, outputs: Int
    private let kernelCount: Int
    /// Elements between pixels of scratch memory.
    private let lanes: Int

    /// Elements of input that a band may have: a part of a usual second-level cache.
    private static let bandElements = 128 * 1024
    /// Below this many multiply-adds the work stays on the calling thread.
    private static let parallelThreshold = 1 << 20
    private static let tilePixels = 14

    init(geometry: WindowGeometry, batch: Int, groups: Int, groupInputs: Int, outputs: Int, isPlanar: Bool) {
        window = geometry.window
        lanes = isPlanar && groupInputs <= 4 ? 4 : BlockedLayout.lanes
        layout = BlockedWindow(geometry.window, pixel: lanes)
        isPointwise = geometry.isPointwise && !isPlanar
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
    private var inputBlocks: Int { BlockedLayout.blocks(groupInputs) }

    /// Bands of rows, of pixels for a pointwise layer.
    private func cut(threads: Int) -> WorkCut {
        let elements = isPointwise ? inputBlocks * 16 : inputBlocks * layout.channelStep(rows: 8) / 8
        var cut = WorkCut(
            images: batch, groups: groups, blocks: groupBlocks, length: isPointwise ? outputPixels : window.output.1,
            wanted: max(isPointwise ? 4 * Self.tilePixels : 1, Self.bandElements / max(1, elements)))
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
        let longest = cut(threads: threads).longest
        let elements = inputBlocks * (isPointwise ? longest * 16 : layout.channelStep(rows: longest))
        return (elements * MemoryLayout<UInt16>.stride + 63) & ~63
    }

    func run(_ job: BlockedConvJob, _ weights: BFloat16Weights, _ parallelism: Parallelism) {
        let bytes = workspaceByteCount(threads: parallelism.width)
        cut(threads: parallelism.width).run(isLarge ? parallelism : .serial) { thread, piece in
            guard let workspace = job.workspace else { return }
            runPiece(job, weights, (workspace + thread * bytes).assumingMemoryBound(to: UInt16.self), piece)
        }
    }

    private func runPiece(
        _ job: BlockedConvJob, _ weights: BFloat16Weights, _ scratch: UnsafeMutablePointer<UInt16>,
        _ piece: WorkCut.Piece
    ) {
        let (image, group, blocks, band) = (piece.image, piece.group, piece.blocks, piece.band)
        let firstPixel = isPointwise ? band.lowerBound : band.lowerBound * window.output.2
        let block = (image * groups + group) * groupBlocks + blocks.lowerBound
        let at = (block * outputPixels + firstPixel) * BlockedLayout.lanes
        var run = ck_bf16_block_conv()
        run.tap_count = kernelCount
        run.channels = groupInputs
        run.lanes = lanes
        run.weights = weights.panels(group: group, block: blocks.lowerBound)
        run.bias = weights.bias(group: group, block: blocks.lowerBound)
        run.residual = job.residual.map { UnsafeRawPointer($0.element(at)) }
        run.residual_is_half = job.residual?.isHalf ?? false ? 1 : 0
        run.y = job.y.element(at)
        run.y_is_half = job.y.isHalf ? 1 : 0
        run.y_block_step = outputPixels * BlockedLayout.lanes
        run.y_pixel_step = BlockedLayout.lanes
        run.blocks = blocks.count
        run.finish = job.finish
        if isPointwise {
            lay(job.x, from: (image * groups + group) * inputBlocks, band, into: scratch, &run)
            run.rows = 1
            run.width = band.count
            run.row_step = band.count * BlockedLayout.lanes
            var tap = 0
            withUnsafePointer(to: &tap) {
                run.taps = $0
                ck_bf16_block_conv_run(&run)
            }
        } else {
            gather(job.x, image: image, group: group, band, into: scratch)
            run.x = UnsafePointer(scratch)
            run.channel_step = layout.channelStep(rows: band.count)
            run.rows = band.count
            run.width = window.output.2
            run.row_step = layout.rowStep
            layout.taps(rows: band.count).withUnsafeBufferPointer {
                run.taps = $0.baseAddress
                ck_bf16_block_conv_run(&run)
            }
        }
    }

    /// Pixels of a pointwise layer: where they lie, or rounded in scratch memory.
    private func lay(
        _ x: StoredValues, from block: Int, _ band: Range<Int>, into scratch: UnsafeMutablePointer<UInt16>,
        _ run: inout ck_bf16_block_conv
    ) {
        let lanes = BlockedLayout.lanes
        if x.isHalf {
            let pixels = x.element((block * inputPixels + band.lowerBound) * lanes)
            run.x = UnsafePointer(pixels.assumingMemoryBound(to: UInt16.self))
            run.channel_step = inputPixels * lanes
            return
        }
        for index in 0..<inputBlocks {
            let pixels = x.element(((block + index) * inputPixels + band.lowerBound) * lanes)
            ck_bf16_narrow(
                pixels.assumingMemoryBound(to: Float.self), band.count * lanes, scratch + index * band.count * lanes)
        }
        run.x = UnsafePointer(scratch)
        run.channel_step = band.count * lanes
    }

    private func gather(
        _ x: StoredValues, image: Int, group: Int, _ band: Range<Int>, into scratch: UnsafeMutablePointer<UInt16>
    ) {
        let step = layout.channelStep(rows: band.count)
        if isPlanar {
            let planes = x.element(image * groupInputs * inputPixels).assumingMemoryBound(to: Float.self)
            layout.forEachLine(first: band.lowerBound, rows: band.count) { line in
                ck_bf16_gather_planes(
                    planes + line.row * window.input.2, inputPixels, groupInputs, lanes,
                    line.isInside ? window.input.2 : 0, line.column, window.stride.2, line.count, scratch + line.target)
            }
            return
        }
        for block in 0..<inputBlocks {
            let first = ((image * groups + group) * inputBlocks + block) * inputPixels
            layout.forEachLine(first: band.lowerBound, rows: band.count) { line in
                ck_bf16_gather_row(
                    x.element((first + line.row * window.input.2) * BlockedLayout.lanes), x.isHalf ? 1 : 0,
                    line.isInside ? window.input.2 : 0, line.column, window.stride.2, line.count,
                    scratch + block * step + line.target)
            }
        }
    }
}
