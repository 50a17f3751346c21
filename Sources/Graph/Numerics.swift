/// How floating-point products may be computed.
package enum Numerics: String, Sendable, CaseIterable {
    /// By kernels that give the same bits on every machine, for any number of threads and in any batch.
    case exact
    /// By whatever is fastest on the machine, OpenBLAS included: within 1e-4 of the exact answer.
    case fast
}
