/// What products of a network are computed in, whatever its weights are stored as.
package enum Precision: String, Sendable, CaseIterable {
    case fp32
    /// Weights and inputs of convolutions and matrix products rounded to bfloat16, sums in float32; what only other
    /// products read is stored as bfloat16 too. The same bits on processors with the same instructions for it.
    case bf16
}
