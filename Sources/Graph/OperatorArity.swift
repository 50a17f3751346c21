/// How many leading inputs a node of the standard domain must connect, by the ONNX operator schemas.
///
/// The importer checks this once, so that operators may take their required inputs for granted.
enum OperatorArity {
    /// Leading inputs that must be connected; 0 for operators not known here.
    static func requiredInputs(op: String, opset: Int) -> Int {
        if let versions = changing[op] {
            return versions.last { $0.since <= opset }?.inputs ?? versions.first?.inputs ?? 0
        }
        return constant[op] ?? 0
    }

    private static let constant: [String: Int] = {
        var counts: [String: Int] = [:]
        for (inputs, names) in names {
            for name in names.split(whereSeparator: \.isWhitespace) { counts[String(name)] = inputs }
        }
        return counts
    }()

    private static let names: [(inputs: Int, names: String)] = [
        (
            1,
            """
            Abs Acos Acosh ArgMax ArgMin Asin Asinh Atan Atanh AveragePool Bernoulli BitCast BitwiseNot
            BlackmanWindow Cast Ceil Celu Clip Concat ConcatFromSequence ConstantOfShape Cos Cosh DFT
            DepthToSpace Det Dropout DynamicQuantizeLinear Einsum Elu Erf Exp EyeLike Flatten Floor Gelu
            GlobalAveragePool GlobalLpPool GlobalMaxPool HammingWindow HannWindow HardSigmoid HardSwish Hardmax
            Identity If ImageDecoder IsInf IsNaN LRN LeakyRelu Log LogSoftmax LpNormalization LpPool Max MaxPool
            Mean MeanVarianceNormalization Min Mish Multinomial Neg NonZero Not OptionalGetElement
            RandomNormalLike RandomUniformLike Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp
            ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare RegexFullMatch Relu Round Selu
            Shape Shrink Sigmoid Sign Sin Sinh Size Softmax Softplus Softsign SpaceToDepth Split SplitToSequence
            Sqrt Squeeze StringNormalizer StringSplit Sum Swish Tan Tanh TfIdfVectorizer ThresholdedRelu
            Transpose Trilu Unique
            """
        ),
        (
            2,
            """
            Add AffineGrid And BitShift BitwiseAnd BitwiseOr BitwiseXor CastLike CausalConvWithState
            CenterCropPad Compress Conv ConvInteger ConvTranspose CumProd CumSum DequantizeLinear Div Equal
            Expand Gather GatherElements GatherND Greater GreaterOrEqual GridSample LayerNormalization Less
            LessOrEqual MatMul MatMulInteger MaxRoiPool MaxUnpool Mod Mul NegativeLogLikelihoodLoss
            NonMaxSuppression Or PRelu Pow QuantizeLinear RMSNormalization ReverseSequence STFT
            SoftmaxCrossEntropyLoss StringConcat Sub SwiGLU TensorScatter Xor
            """
        ),
        (
            3,
            """
            Attention Col2Im DeformConv GRU GroupNormalization InstanceNormalization LSTM LinearAttention OneHot
            RNN Range RoiAlign RotaryEmbedding Scatter ScatterElements ScatterND Where
            """
        ),
        (
            5,
            """
            BatchNormalization MelWeightMatrix
            """
        ),
        (
            8,
            """
            QLinearConv QLinearMatMul
            """
        ),
    ]

    /// Operators whose attributes became inputs, with the opset from which each count holds.
    private static let changing: [String: [(since: Int, inputs: Int)]] = [
        // Opset 11 requires roi and scales of Resize; exporters leave them out all the same.
        "Gemm": [(1, 3), (11, 2)],
        "OptionalHasElement": [(15, 1), (18, 0)],
        "Pad": [(1, 1), (11, 2)],
        "Reshape": [(1, 1), (5, 2)],
        "Resize": [(10, 2), (11, 1)],
        "Scan": [(8, 0), (9, 1)],
        "Slice": [(1, 1), (10, 3)],
        "Tile": [(1, 3), (6, 2)],
        "TopK": [(1, 1), (10, 2)],
        "Unsqueeze": [(1, 1), (13, 2)],
        "Upsample": [(1, 1), (9, 2)],
    ]
}
