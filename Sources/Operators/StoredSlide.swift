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

    private var bands: Int {
        let whole = scratch(rows: rows)
        return max(1, min(rows, (whole + Self.bandFloats - 1) / Self.bandFloats))
    }

    private var threadBytes: Int {
        (scratch(rows: (rows + bands - 1) / bands) * MemoryLayout<Float>.stride + 63) & ~63
    }

    func workspaceByteCount(threads: Int) -> Int { threadBytes * threads }

    /// Runs every band of every block; `prepare` sets what depends on the block.
    func run(
        _ context: RunContext, _ x: StoredValues, _ y: StoredValues, blocks: Int,
        _ prepare: @Sendable (Int, inout ck_bf16_block_slide) -> Void
    ) {
        guard let base = context.workspace.baseAddress else { return }
        let workspace = StoredValues(base: base)
        let (bands, bytes, rows) = (bands, threadBytes, rows)
        let (inputs, outputs) = (window.input.1 * window.input.2 * 16, rows * window.output.2 * 16)
        let pieces = blocks * bands
        let threads = blocks * outputs < Self.parallelThreshold ? 1 : min(context.parallelism.width, pieces)
        context.parallelism.run(count: threads) { thread in
            withUnsafePointer(to: window) { window in
                var slide = ck_bf16_block_slide()
                slide.slide.window = window
                slide.slide.finish = Epilogue.identity.finish(addsLast: false)
                slide.scratch = (workspace.base + thread * bytes).assumingMemoryBound(to: Float.self)
                (slide.x_is_half, slide.y_is_half) = (x.isHalf ? 1 : 0, y.isHalf ? 1 : 0)
                for piece in pieces * thread / threads..<pieces * (thread + 1) / threads {
                    let (block, band) = (piece / bands, piece % bands)
                    slide.slide.first = rows * band / bands
                    slide.slide.rows = rows * (band + 1) / bands - slide.slide.first
                    slide.x = UnsafeRawPointer(x.element(block * inputs))
                    slide.y = y.element(block * outputs)
                    prepare(block, &slide)
                    ck_bf16_block_slide_run(&slide)
                }
            }
        }
    }
}
