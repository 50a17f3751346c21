internal import CKernels
internal import Tensors

/// A 3 × 3 convolution without stride at fixed shapes, by Winograd's F(2 × 2, 3 × 3): bands of tiles are turned, multiplied
/// channel by channel in 16 products, and turned back with bias, residual and activation.
///
/// Which layers run so depends on their channels alone, so that neither batch nor threads change a bit.
struct WinogradLayer {
    private let window: ck_window
    private let batch, channels, outputs: Int

    /// Floats of turned inputs and products that a band may have.
    private static let bandFloats = 96 * 1024
    /// Floats between the 16 planes beyond their own, so that they do not fall on the same sets of the cache.
    private static let skew = 80
    private static let parallelThreshold = 1 << 19
    /// Weights beyond this come from far memory too often for what the fewer products save.
    private static let mostFilters = 512 * 256

    static func isSuitable(channels: Int, outputs: Int, kernel: [Int], stride: [Int], dilation: [Int]) -> Bool {
        kernel == [3, 3] && stride == [1, 1] && dilation == [1, 1] && channels >= 16 && outputs >= 16
            && channels * outputs <= mostFilters
    }

    init(geometry: WindowGeometry, batch: Int, channels: Int, outputs: Int) {
        window = geometry.window
        self.batch = batch
        self.channels = channels
        self.outputs = outputs
    }

    private var down: Int { (window.output.1 + 1) / 2 }
    private var across: Int { (window.output.2 + 1) / 2 }
    private var inputBlocks: Int { BlockedLayout.blocks(channels) }
    private var outputBlocks: Int { BlockedLayout.blocks(outputs) }
    private var isLarge: Bool { batch * down * across * 16 * channels * outputs >= Self.parallelThreshold }

    /// Bands of tile rows.
    private func cut(threads: Int) -> WorkCut {
        let row = 16 * across * 16 * (inputBlocks + outputBlocks)
        let filters = 16 * channels * outputs
        let readsFiltersOnce = filters > row * down
        let wanted = max(1, max(Self.bandFloats / row, (2 * 14 + across - 1) / across))
        var cut = WorkCut(
            images: batch, blocks: outputBlocks, length: down, wanted: readsFiltersOnce ? max(1, down) : wanted)
        if isLarge { cut.share(threads: threads, prefersParts: readsFiltersOnce || down < threads) }
        return cut
    }

    /// Bytes that one of `threads` threads needs.
    func workspaceByteCount(threads: Int) -> Int {
        let pixels = cut(threads: threads).longest * across
        return 16 * (pixels * 16 * (inputBlocks + outputBlocks) + 2 * Self.skew) * MemoryLayout<Float>.stride
    }

    func run(_ job: BlockedConvJob, _ weights: WinogradWeights, _ parallelism: Parallelism) {
        let bytes = workspaceByteCount(threads: parallelism.width)
        cut(threads: parallelism.width).run(isLarge ? parallelism : .serial) { thread, piece in
            guard let workspace = job.workspace else { return }
            runPiece(job, weights, (workspace + thread * bytes).assumingMemoryBound(to: Float.self), piece)
        }
    }

    private func runPiece(
        _ job: BlockedConvJob, _ weights: WinogradWeights, _ scratch: UnsafeMutablePointer<Float>,
        _ piece: WorkCut.Piece
    ) {
        let (image, blocks, rows) = (piece.image, piece.blocks, piece.band)
        var tiles = ck_f32_block_tiles(
            height: window.input.1, width: window.input.2, out_height: window.output.1, out_width: window.output.2,
            pad_y: window.pad.1, pad_x: window.pad.2, across: across, first: rows.lowerBound, rows: rows.count)
        let count = rows.count * across
        let plane = window.input.1 * window.input.2 * 16
        let turnedStep = inputBlocks * count * 16 + Self.skew
        for block in 0..<inputBlocks {
            ck_f32_block_winograd_input(
                &tiles, job.x.floats + (image * inputBlocks + block) * plane, scratch + block * count * 16, turnedStep)
        }
        let products = scratch + 16 * turnedStep
        let productStep = blocks.count * count * 16 + Self.skew
        var tap = 0
        withUnsafePointer(to: &tap) { offset in
            var run = ck_f32_block_conv()
            (run.taps, run.tap_count) = (offset, 1)
            (run.channels, run.lanes, run.channel_step) = (channels, 16, count * 16)
            (run.rows, run.width, run.row_step) = (1, count, count * 16)
            (run.blocks, run.y_block_step, run.y_pixel_step) = (blocks.count, count * 16, 16)
            run.finish = Epilogue.identity.finish(addsLast: false)
            for (index, product) in weights.products.enumerated() {
                run.x = UnsafePointer(scratch + index * turnedStep)
                run.weights = product.panels(group: 0, block: blocks.lowerBound)
                run.bias = product.bias(group: 0, block: blocks.lowerBound)
                run.y = products + index * productStep
                ck_f32_block_conv_run(&run)
            }
        }
        let outputPlane = window.output.1 * window.output.2 * 16
        withUnsafePointer(to: job.finish) { finish in
            for block in blocks {
                let at = (image * outputBlocks + block) * outputPlane
                ck_f32_block_winograd_output(
                    &tiles, products + (block - blocks.lowerBound) * count * 16, productStep,
                    weights.bias.pointer(Float.self) + block * 16,
                    job.residual.map { UnsafePointer($0.floats + at) }, job.y.floats + at, finish)
            }
        }
    }
}
