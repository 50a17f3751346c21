internal import COpenBLAS

/// Matrix products through OpenBLAS, on one thread: the caller spreads work over threads.
enum BLAS {
    /// Tells OpenBLAS once to start no threads of its own, which would fight with the pool's.
    private static let singleThreaded: Void = openblas_set_num_threads(1)

    /// C = alpha · op(A) · op(B) + beta · C, row-major. `op(A)` is m × k, `op(B)` is k × n; ld* are row strides.
    static func gemm(
        transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int, alpha: Float = 1,
        a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int, beta: Float = 0,
        c: UnsafeMutablePointer<Float>, ldc: Int
    ) {
        _ = singleThreaded
        guard m > 0, n > 0 else { return }
        if n == 1, beta == 0, !transposeB, ldb == 1, ldc == 1 {
            cblas_sgemv(
                CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, blasint(transposeA ? k : m),
                blasint(transposeA ? m : k), alpha, a, blasint(max(1, lda)), b, 1, 0, c, 1)
            return
        }
        if m == 1, !transposeA || lda == 1 {
            cblas_sgemv(
                CblasRowMajor, transposeB ? CblasNoTrans : CblasTrans, blasint(transposeB ? n : k),
                blasint(transposeB ? k : n), alpha, b, blasint(max(1, ldb)), a, 1, beta, c, 1)
            return
        }
        cblas_sgemm(
            CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m),
            blasint(n), blasint(k), alpha, a, blasint(max(1, lda)), b, blasint(max(1, ldb)), beta, c,
            blasint(max(1, ldc)))
    }
}
