internal import CKernels

/// A matrix product of two operands that lie in rows, through the packed kernel: blocks of the depth and of columns are
/// packed one after the other into scratch memory.
///
/// Each output element accumulates over the depth in ascending order, however rows are shared out to threads.
struct PackedProduct {
    /// Columns of the product, and depth of the sums.
    let n, k: Int
    /// The most rows that one call takes.
    let rows: Int

    private static let depthBlock = 256
    private static let columnBlock = 512
    /// Fewer rows do not pay for packing the right operand.
    private static let leastRows = 24

    /// The packed kernel is at least as fast as OpenBLAS.
    static func isSuitable(m: Int, n: Int, k: Int) -> Bool { m >= leastRows && n >= 16 && k >= 16 }

    private var depth: Int { min(k, Self.depthBlock) }
    private var leftCount: Int {
        (rows + Int(ck_f32_gemm_rows) - 1) / Int(ck_f32_gemm_rows) * Int(ck_f32_gemm_rows) * depth
    }
    private var rightCount: Int { (min(n, Self.columnBlock) + 31) / 32 * 32 * depth }

    /// Bytes of scratch that one call needs.
    var workspaceByteCount: Int { ((leftCount + rightCount) * MemoryLayout<Float>.stride + 63) & ~63 }

    /// c = a · b for `rows` rows of a; rows of a, b and c are k, n and n floats apart.
    func run(
        rows: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer
    ) {
        let left = scratch.assumingMemoryBound(to: Float.self)
        let right = left + leftCount
        for first in stride(from: 0, to: k, by: Self.depthBlock) {
            let count = min(Self.depthBlock, k - first)
            ck_f32_gemm_pack_a(a + first, k, rows, count, left)
            for column in stride(from: 0, to: n, by: Self.columnBlock) {
                let width = min(Self.columnBlock, n - column)
                ck_f32_gemm_pack_b(b + first * n + column, n, count, width, right)
                ck_f32_gemm(rows, width, count, left, right, nil, first > 0 ? 1 : 0, c + column, n)
            }
        }
    }
}
