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
        let floats = isPointwise ? inputCount * pixelFloats : inputCount * layout.channelStep(rows: 8) / 8
        let wanted = max(isPointwise ? 4 * Self.tilePixels : 1, Self.bandFloats / max(1, floats))
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
        guard !isPointwise else { return 0 }
        let floats = inputCount * layout.channelStep(rows: cut(threads: threads).longest) + Int(ck_f32_unfold_slack)
        return (floats * MemoryLayout<Float>.stride + 63) & ~63
    }

    func run(_ job: BlockedConvJob, _ weights: BlockedWeights, _ parallelism: Parallelism) {
        let cut = cut(threads: parallelism.width)
        let pieces = batch * groups * cut.parts * cut.bands
        let threads = isLarge ? min(parallelism.width, pieces) : 1
        let bytes = workspaceByteCount(threads: parallelism.width)
        parallelism.run(count: threads) { thread in
            let scratch = job.workspace.map { ($0 + thread * bytes).assumingMemoryBound(to: Float.self) }
            for piece in pieces * thread / threads..<pieces * (thread + 1) / threads {
                let part = piece / cut.bands % cut.parts
                let pairs = (groupBlocks + 1) / 2
                let blocks =
                    pairs * part / cut.parts * 2..<min(groupBlocks, pairs * (part + 1) / cut.parts * 2)
                runPiece(
                    job, weights, scratch, image: piece / (cut.bands * cut.parts * groups),
                    group: piece / (cut.bands * cut.parts) % groups, blocks: blocks, band: cut.band(piece % cut.bands))
            }
        }
    }

    private func runPiece(
        _ job: BlockedConvJob, _ weights: BlockedWeights, _ scratch: UnsafeMutablePointer<Float>?, image: Int,
        group: Int, blocks: Range<Int>, band: Range<Int>
    ) {
        guard !blocks.isEmpty, !band.isEmpty else { return }
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
