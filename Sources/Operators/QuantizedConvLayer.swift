internal import CKernels
internal import Tensors

/// A quantised convolution at fixed shapes: how its output is cut into bands for the cache and parts for threads. Sums of
/// whole numbers are the same however they are cut.
struct QuantizedConvLayer {
    enum Kind {
        case dense(QuantizedWeights)
        /// A picture's planes, 4 at most.
        case planar(QuantizedWeights)
        /// Weights [blocks, taps, 16] and biases [blocks, 16].
        case depthwise(weights: Tensor, bias: Tensor)
    }

    private let window: ck_window
    private let layout: QuantizedWindow
    private let kind: Kind
    private let isPointwise: Bool
    private let batch, groups, groupInputs, outputs: Int
    private let taps: [Int]

    /// Bytes of input that a band may have: a part of a usual second-level, and of a first-level cache.
    private static let bandBytes = 160 * 1024
    private static let depthwiseBytes = 20 * 1024
    /// Below this much work it stays on the calling thread.
    private static let parallelThreshold = 1 << 21
    private static let tilePixels = 14
    /// What kernels may read after the last pixel.
    private static let slack = 64

    init(
        geometry: WindowGeometry, kind: Kind, batch: Int, groups: Int, groupInputs: Int, outputs: Int,
        zero: Int32
    ) {
        window = geometry.window
        self.kind = kind
        var (isPlanar, isDepthwise) = (false, false)
        switch kind {
        case .dense: break
        case .planar: isPlanar = true
        case .depthwise: isDepthwise = true
        }
        layout = QuantizedWindow(
            geometry.window, isPlanar: isPlanar, fill: UInt8(truncatingIfNeeded: zero))
        isPointwise = geometry.isPointwise && !isPlanar && !isDepthwise
        taps = isPointwise ? [0] : layout.taps
        self.batch = batch
        // Each block of a depthwise layer goes its own way.
        self.groups = isDepthwise ? BlockedLayout.blocks(outputs) : groups
        self.groupInputs = groupInputs
        self.outputs = outputs
    }

    private var outputPixels: Int { window.output.1 * window.output.2 }
    private var inputPixels: Int { window.input.1 * window.input.2 }
    private var groupBlocks: Int {
        if case .depthwise = kind { 1 } else { BlockedLayout.blocks(outputs / groups) }
    }
    private var inputBlocks: Int {
        switch kind {
        case .dense: BlockedLayout.blocks(groupInputs)
        case .planar, .depthwise: 1
        }
    }
    /// Multiply-adds; those of depthwise layers take longer, and so do few of them for each output.
    private var cost: Int {
        let products = groupInputs * taps.count
        if case .depthwise = kind { return batch * outputs * outputPixels * products * 8 }
        return batch * outputs * outputPixels * max(products, 64)
    }

    private var isLarge: Bool { cost >= Self.parallelThreshold }

    /// Bands of rows, of pixels for a pointwise layer.
    private func cut(threads: Int) -> WorkCut {
        let bytes = isPointwise ? inputBlocks * 16 : inputBlocks * layout.channelStep(rows: 8) / 8
        var room = Self.bandBytes
        if case .depthwise = kind { room = Self.depthwiseBytes }
        var cut = WorkCut(
            images: batch, groups: groups, blocks: groupBlocks, length: isPointwise ? outputPixels : window.output.1,
            wanted: max(isPointwise ? 4 * Self.tilePixels : 1, room / max(1, bytes)))
        guard isLarge else { return cut }
        let weights = outputs * groupInputs * taps.count
        let input = batch * groupInputs * groups * inputPixels
        cut.share(
            threads: threads, prefersParts: weights > input || outputPixels < 2 * threads * Self.tilePixels)
        return cut
    }

    /// Bytes that one of `threads` threads needs.
    func workspaceByteCount(threads: Int) -> Int {
        guard !isPointwise else { return 0 }
        return (inputBlocks * layout.channelStep(rows: cut(threads: threads).longest) + Self.slack + 63)
            & ~63
    }

    func run(_ job: QuantizedConvJob, _ finish: LevelFinish, _ parallelism: Parallelism) {
        let bytes = workspaceByteCount(threads: parallelism.width)
        cut(threads: parallelism.width).run(isLarge ? parallelism : .serial) { thread, piece in
            let scratch = job.workspace.map { ($0 + thread * bytes).assumingMemoryBound(to: UInt8.self) }
            runPiece(job, finish, scratch, piece)
        }
    }

    private func runPiece(
        _ job: QuantizedConvJob, _ finish: LevelFinish, _ scratch: UnsafeMutablePointer<UInt8>?,
        _ piece: WorkCut.Piece
    ) {
        let (image, group, blocks, band) = (piece.image, piece.group, piece.blocks, piece.band)
        let lanes = BlockedLayout.lanes
        let firstPixel = isPointwise ? band.lowerBound : band.lowerBound * window.output.2
        let block = group * groupBlocks + blocks.lowerBound
        let at = ((image * groups * groupBlocks + block) * outputPixels + firstPixel) * lanes
        var run = ck_u8_block_conv()
        run.tap_count = taps.count
        run.channels = groupInputs
        run.lanes = lanes
        run.residual = job.residual.map { $0 + at }
        run.y = job.levels.map { $0 + at }
        run.y_float = job.reals.map { $0 + at }
        run.y_block_step = outputPixels * lanes
        run.y_pixel_step = lanes
        run.blocks = blocks.count
        run.finish = finish.finish(block: block)
        var count = inputBlocks
        var x = job.x + (image * groups + group) * inputBlocks * inputPixels * lanes
        var isDepthwise = false
        switch kind {
        case .dense(let weights):
            run.weights = weights.panels(group: group, block: blocks.lowerBound)
            run.bias = weights.bias(group: group, block: blocks.lowerBound)
        case .planar(let weights):
            run.weights = weights.panels(group: group, block: blocks.lowerBound)
            run.bias = weights.bias(group: group, block: blocks.lowerBound)
            run.lanes = 4
            count = groupInputs
            x = job.x + image * groupInputs * inputPixels
        case .depthwise(let weights, let bias):
            run.weights = UnsafePointer(weights.pointer(Int8.self) + group * taps.count * lanes)
            run.bias = UnsafePointer(bias.pointer(Int32.self) + group * lanes)
            isDepthwise = true
        }
        if isPointwise {
            run.x = x + firstPixel * lanes
            run.channel_step = inputPixels * lanes
            (run.rows, run.width, run.row_step) = (1, band.count, band.count * lanes)
        } else if let scratch {
            layout.gather(x, count: count, first: band.lowerBound, rows: band.count, into: scratch)
            run.x = UnsafePointer(scratch)
            run.channel_step = layout.channelStep(rows: band.count)
            (run.rows, run.width, run.row_step) = (band.count, window.output.2, layout.rowStep)
        }
        taps.withUnsafeBufferPointer {
            run.taps = $0.baseAddress
            if isDepthwise { ck_u8_block_depthwise(&run) } else { ck_u8_block_conv_run(&run) }
        }
    }
}

/// What one run of a quantised convolution reads and writes: levels or real numbers.
struct QuantizedConvJob: @unchecked Sendable {
    let x: UnsafePointer<UInt8>
    let residual: UnsafePointer<UInt8>?
    let levels: UnsafeMutablePointer<UInt8>?
    let reals: UnsafeMutablePointer<Float>?
    let workspace: UnsafeMutableRawPointer?
}
