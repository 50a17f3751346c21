internal import CKernels
internal import Graph
internal import Tensors

/// A window that slides over channel blocks of which input or output is stored as bfloat16. Bands of rows are widened into
/// scratch memory of each thread, with their padding.
struct StoredSlide {
    private let window: ck_window

    /// Floats of scratch memory that a band may have: about a first-level cache.
    private static let bandFloats = 20 * 1024
    private static let parallelThreshold = 1 << 15

    init(_ geometry: WindowGeometry) { window = geometry.window }

    private var rows: Int { window.output.1 }

    private func scratch(rows: Int) -> Int { withUnsafePointer(to: window) { ck_bf16_block_slide_scratch($0, rows) } }

    private func cut(images: Int, blocks: Int, threads: Int) -> WorkCut {
        let bands = max(1, min(rows, (scratch(rows: rows) + Self.bandFloats - 1) / Self.bandFloats))
        var cut = WorkCut(
            images: images, groups: blocks, blocks: 1, length: rows, wanted: (rows + bands - 1) / bands,
            order: .slide(rows: rows, width: window.output.2))
        cut.share(threads: threads, prefersParts: false)
        return cut
    }

    private func threadBytes(_ cut: WorkCut) -> Int {
        (scratch(rows: cut.longest) * MemoryLayout<Float>.stride + 63) & ~63
    }

    /// - Parameters:
    ///   - images: how many, and how many blocks each has.
    func workspaceByteCount(images: Int, blocks: Int, threads: Int) -> Int {
        threadBytes(cut(images: images, blocks: blocks, threads: threads)) * threads
    }

    /// Runs every band of every block; `prepare` sets what depends on the block, counted through all images.
    func run(
        _ context: RunContext, _ x: StoredValues, _ y: StoredValues, images: Int, blocks: Int,
        _ prepare: @Sendable (Int, inout ck_bf16_block_slide) -> Void
    ) {
        guard let base = context.workspace.baseAddress else { return }
        let workspace = StoredValues(base: base)
        let (inputs, outputs) = (window.input.1 * window.input.2 * 16, rows * window.output.2 * 16)
        let cut = cut(images: images, blocks: blocks, threads: context.parallelism.width)
        let bytes = threadBytes(cut)
        let isLarge = images * blocks * outputs >= Self.parallelThreshold
        cut.run(isLarge ? context.parallelism : .serial) { thread, piece in
            withUnsafePointer(to: window) { window in
                var slide = ck_bf16_block_slide()
                slide.slide.window = window
                slide.slide.finish = Epilogue.identity.finish(addsLast: false)
                slide.scratch = (workspace.base + thread * bytes).assumingMemoryBound(to: Float.self)
                (slide.x_is_half, slide.y_is_half) = (x.isHalf ? 1 : 0, y.isHalf ? 1 : 0)
                (slide.slide.first, slide.slide.rows) = (piece.band.lowerBound, piece.band.count)
                let block = piece.image * blocks + piece.group
                slide.x = UnsafeRawPointer(x.element(block * inputs))
                slide.y = y.element(block * outputs)
                prepare(block, &slide)
                ck_bf16_block_slide_run(&slide)
            }
        }
    }
}
