/// What products of a network are computed in, whatever its weights are stored as.
package enum Precision: String, Sendable, CaseIterable {
    case fp32
    /// Weights and inputs of convolutions and matrix products rounded to bfloat16, sums in float32; what only other
    /// products read is stored as bfloat16 too. The same bits on processors with the same instructions for it.
    case bf16
    /// A network quantised beforehand (QuantizeLinear and DequantizeLinear, or operators of levels): products of levels in
    /// whole numbers, the same bits everywhere; what it leaves in float is float32.
    case int8
}
