internal import Graph

extension OperatorRegistry {
    /// All operators apart from convolutions, matrix products, pooling and batch normalisation.
    static let lightOperators: [any Operator.Type] =
        shapeOperators + elementwiseOperators + reductionOperators + normalizationOperators + samplingOperators
        + controlFlowOperators

    private static let shapeOperators: [any Operator.Type] = [
        Compress.self, EyeLike.self, GatherElements.self, GatherND.self, NonZero.self, OneHot.self, RangeOperator.self,
        ReverseSequence.self, Scatter.self, ScatterElements.self, ScatterND.self, Trilu.self, Unique.self,
        Cast.self, CastLike.self, Concat.self, Constant.self, Flatten.self, Gather.self, Identity.self, Reshape.self,
        BitCast.self, CenterCropPad.self, Col2Im.self, TensorScatter.self, ConstantOfShape.self, DepthToSpace.self,
        Dropout.self, Expand.self, Pad.self, SpaceToDepth.self, Split.self,
        Tile.self, Where.self, ShapeOf.self, Size.self, Slice.self, Squeeze.self, Transpose.self, Unsqueeze.self,
    ]

    private static let elementwiseOperators: [any Operator.Type] = [
        BinaryOperator<Add>.self, BinaryOperator<Div>.self, BinaryOperator<Mod>.self, BinaryOperator<Mul>.self,
        BinaryOperator<PRelu>.self, BinaryOperator<Sub>.self, BinaryOperator<BitShift>.self, Clip.self,
        Comparison<Equal>.self, Comparison<Greater>.self, Comparison<GreaterOrEqual>.self, Comparison<Less>.self,
        Comparison<LessOrEqual>.self, BitOperator<And>.self, BitOperator<BitwiseAnd>.self, BitOperator<BitwiseOr>.self,
        BitOperator<BitwiseXor>.self, BitOperator<Or>.self, BitOperator<Xor>.self, BitwiseNot.self, IsInf.self,
        IsNaN.self, Not.self, Pow.self, VariadicOperator<Max>.self, VariadicOperator<Mean>.self,
        VariadicOperator<Min>.self, VariadicOperator<Sum>.self,
        UnaryOperator<Abs>.self, UnaryOperator<Acos>.self, UnaryOperator<Acosh>.self, UnaryOperator<Asin>.self,
        UnaryOperator<Asinh>.self, UnaryOperator<Atan>.self, UnaryOperator<Atanh>.self, UnaryOperator<Ceil>.self,
        UnaryOperator<Celu>.self, UnaryOperator<Cos>.self, UnaryOperator<Cosh>.self, UnaryOperator<Elu>.self,
        UnaryOperator<Erf>.self, UnaryOperator<Exp>.self, UnaryOperator<Floor>.self, UnaryOperator<Gelu>.self,
        UnaryOperator<HardSigmoid>.self, UnaryOperator<HardSwish>.self, UnaryOperator<LeakyRelu>.self,
        UnaryOperator<Log>.self, UnaryOperator<Mish>.self, UnaryOperator<Neg>.self, UnaryOperator<Reciprocal>.self,
        UnaryOperator<Relu>.self, UnaryOperator<Round>.self, UnaryOperator<Selu>.self, UnaryOperator<Shrink>.self,
        UnaryOperator<Sigmoid>.self, UnaryOperator<Sign>.self, UnaryOperator<Sin>.self, UnaryOperator<Sinh>.self,
        UnaryOperator<Softplus>.self, UnaryOperator<Softsign>.self, UnaryOperator<Sqrt>.self, UnaryOperator<Swish>.self,
        UnaryOperator<Tan>.self, UnaryOperator<Tanh>.self, UnaryOperator<ThresholdedRelu>.self, SwiGLU.self,
    ]

    private static let reductionOperators: [any Operator.Type] = [
        Reduction<ReduceL1>.self, Reduction<ReduceL2>.self, Reduction<ReduceLogSum>.self,
        Reduction<ReduceLogSumExp>.self, Reduction<ReduceMax>.self, Reduction<ReduceMean>.self,
        Reduction<ReduceMin>.self, Reduction<ReduceProd>.self, Reduction<ReduceSum>.self,
        Reduction<ReduceSumSquare>.self, SoftmaxOperator<Hardmax>.self, SoftmaxOperator<LogSoftmax>.self,
        SoftmaxOperator<Softmax>.self, ArgOperator<ArgMax>.self, ArgOperator<ArgMin>.self, TopK.self,
        CumulativeOperator<CumProd>.self, CumulativeOperator<CumSum>.self, Det.self,
    ]

    private static let normalizationOperators: [any Operator.Type] = [
        GroupNormalization.self, InstanceNormalization.self, LRN.self, LayerNormalization.self, LpNormalization.self,
        MeanVarianceNormalization.self, RMSNormalization.self,
    ]

    private static let controlFlowOperators: [any Operator.Type] = [
        BatchedScan.self, If.self, Loop.self, Scan.self,
    ]

    private static let samplingOperators: [any Operator.Type] = [
        AffineGrid.self, Einsum.self, GridSample.self, MaxRoiPool.self, MaxUnpool.self, NonMaxSuppression.self,
        RoiAlign.self,
        DequantizeLinear.self, DynamicQuantizeLinear.self, QuantizeLinear.self, Resize.self, Upsample.self,
    ]
}
