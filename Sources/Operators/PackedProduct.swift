internal import CKernels

/// A matrix product of two operands that lie in rows, through the kernel of the blocked convolutions: rows are laid out in
/// blocks of 16 of the depth, columns packed in pairs of 16, both into scratch memory.
///
/// Each output element accumulates over the depth in ascending order, however rows are shared out to threads.
struct PackedProduct {
    /// Columns of the product, and depth of the sums.
    let n, k: Int
    /// The most rows that one call takes.
    let rows: Int

    /// Floats of the right operand that are packed at a time.
    private static let rightFloats = 256 * 1024
    /// Fewer rows do not pay for packing the right operand.
    private static let leastRows = 24

    /// The packed kernel is at least as fast as OpenBLAS.
    static func isSuitable(m: Int, n: Int, k: Int) -> Bool { m >= leastRows && n >= 16 && k >= 16 }

    private static let pair = 2 * BlockedLayout.lanes
    /// Columns that are packed at a time, in pairs of blocks.
    private var columnBlock: Int {
        min((n + Self.pair - 1) / Self.pair, max(1, Self.rightFloats / k / Self.pair)) * Self.pair
    }
    private var leftCount: Int { rows * BlockedLayout.blocks(k) * BlockedLayout.lanes }
    private var rightCount: Int { columnBlock * k }
    /// A pair of blocks that hangs over the end of the rows.
    private var edgeCount: Int { rows * Self.pair }

    /// Bytes of scratch that one call needs.
    var workspaceByteCount: Int {
        ((leftCount + rightCount + edgeCount + columnBlock) * MemoryLayout<Float>.stride + 63) & ~63
    }

    /// c = a · b for `rows` rows of a; rows of a, b and c are k, n and n floats apart.
    func run(
        rows: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer
    ) {
        let left = scratch.assumingMemoryBound(to: Float.self)
        let right = left + leftCount
        let edge = right + rightCount
        let zeros = edge + edgeCount
        zeros.update(repeating: 0, count: columnBlock)
        ck_f32_block_from_rows(a, k, rows, left)
        var tap = 0
        withUnsafePointer(to: &tap) { offset in
            var run = ck_f32_block_conv()
            (run.x, run.taps, run.tap_count) = (UnsafePointer(left), offset, 1)
            (run.channels, run.lanes, run.channel_step) = (k, BlockedLayout.lanes, rows * BlockedLayout.lanes)
            (run.rows, run.width, run.row_step) = (1, rows, rows * BlockedLayout.lanes)
            run.bias = UnsafePointer(zeros)
            run.finish = Epilogue.identity.finish(addsLast: false)
            for column in stride(from: 0, to: n, by: columnBlock) {
                let width = min(columnBlock, n - column)
                let whole = width / Self.pair * Self.pair
                ck_f32_gemm_pack_b(b + column, n, k, width, right)
                if whole > 0 {
                    run.weights = UnsafePointer(right)
                    (run.y, run.blocks) = (c + column, whole / BlockedLayout.lanes)
                    (run.y_block_step, run.y_pixel_step) = (BlockedLayout.lanes, n)
                    ck_f32_block_conv_run(&run)
                }
                guard whole < width else { continue }
                run.weights = UnsafePointer(right + whole * k)
                (run.y, run.blocks) = (edge, 2)
                (run.y_block_step, run.y_pixel_step) = (rows * BlockedLayout.lanes, BlockedLayout.lanes)
                ck_f32_block_conv_run(&run)
                for block in 0..<2 where whole + block * BlockedLayout.lanes < width {
                    let first = whole + block * BlockedLayout.lanes
                    ck_f32_block_to_rows(
                        edge + block * rows * BlockedLayout.lanes, rows, min(BlockedLayout.lanes, width - first),
                        c + column + first, n)
                }
            }
        }
    }
}
