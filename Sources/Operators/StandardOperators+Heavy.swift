internal import Graph

extension OperatorRegistry {
    /// Operators whose cost is that of matrix products and sliding windows.
    static let heavyOperators: [any Operator.Type] = [
        AveragePool.self, BatchNormalization.self, Conv.self, ConvTranspose.self, Gemm.self, GlobalAveragePool.self,
        GlobalLpPool.self, GlobalMaxPool.self, LpPool.self, MatMul.self, MaxPool.self,
        ConvInteger.self, DeformConv.self, MatMulInteger.self, QLinearConv.self, QLinearMatMul.self,
        RecurrentOperator<RNN>.self, RecurrentOperator<GRU>.self, RecurrentOperator<LSTM>.self,
        Attention.self, CausalConvWithState.self, LinearAttention.self, RotaryEmbedding.self,
    ]
}
