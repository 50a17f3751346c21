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

    /// Bands of rows (of pixels for a pointwise layer), and parts of the output blocks, that make the pieces of work.
    private struct Cut {
        /// Rows, or pixels, of the whole output.
        let length: Int
        var bands: Int
        var parts = 1

        func band(_ index: Int) -> Range<Int> { length * index / bands..<length * (index + 1) / bands }
        var longest: Int { (length + bands - 1) / bands }
    }

    private func cut(threads: Int) -> Cut {
        let length = isPointwise ? outputPixels : window.output.1
        let elements = isPointwise ? inputBlocks * 16 : inputBlocks * layout.channelStep(rows: 8) / 8
        let wanted = max(isPointwise ? 4 * Self.tilePixels : 1, Self.bandElements / max(1, elements))
        var cut = Cut(length: length, bands: max(1, (length + wanted - 1) / wanted))
        guard threads > 1, isLarge, batch * groups % threads != 0 else { return cut }
        let weights = outputs * groupInputs * kernelCount
        let input = batch * groupInputs * groups * inputPixels
        let pairs = (groupBlocks + 1) / 2
        if pairs >= threads, weights > input || outputPixels < 2 * threads * Self.tilePixels {
            cut.parts = threads
        } else {
            cut.bands = min(length, (cut.bands + threads - 1) / threads * threads)
        }
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
        let cut = cut(threads: parallelism.width)
        let pieces = batch * groups * cut.parts * cut.bands
        let threads = isLarge ? min(parallelism.width, pieces) : 1
        let bytes = workspaceByteCount(threads: parallelism.width)
        parallelism.run(count: threads) { thread in
            guard let workspace = job.workspace else { return }
            let scratch = (workspace + thread * bytes).assumingMemoryBound(to: UInt16.self)
            for piece in pieces * thread / threads..<pieces * (thread + 1) / threads {
                let part = piece / cut.bands % cut.parts
                let pairs = (groupBlocks + 1) / 2
                runPiece(
                    job, weights, scratch, image: piece / (cut.bands * cut.parts * groups),
                    group: piece / (cut.bands * cut.parts) % groups,
                    blocks: pairs * part / cut.parts * 2..<min(groupBlocks, pairs * (part + 1) / cut.parts * 2),
                    band: cut.band(piece % cut.bands))
            }
        }
    }

    private func runPiece(
        _ job: BlockedConvJob, _ weights: BFloat16Weights, _ scratch: UnsafeMutablePointer<UInt16>, image: Int,
        group: Int, blocks: Range<Int>, band: Range<Int>
    ) {
        guard !blocks.isEmpty, !band.isEmpty else { return }
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
