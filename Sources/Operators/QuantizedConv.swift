internal import CKernels
package import Graph
package import Tensors

/// Convolution of levels over two axes with constant weights and bias, in exact sums of 32 bits, rounded once to levels
/// of the output's scale or left as real numbers; then maybe the addition of other levels, and a table.
///
/// x: uint8 [N, C, H, W] or in blocks, residual: uint8 laid out as the output. Output: uint8 or float32, in blocks when
/// x is in blocks or, for the few channels of a picture, when a rewrite asked for it. The same bits everywhere.
package struct QuantizedConv: LevelTableFusable, MultiplyAddCounting, BlockedForm {
    package static let opType = "QuantizedConv"
    package static let domain = "fovea"

    private let node: NodeDescription
    private let sliding: SlidingWindow
    private let kernel: [Int]
    private let groups, groupInputs, outputs: Int
    private let input: LevelScale
    private let weights: WeightLevels
    private let bias: [Float]?
    private var finish: LevelFinish
    /// Weights in the kernel's order; `nil` while x is in plain layout.
    private var kind: QuantizedConvLayer.Kind?

    /// Planes of a picture are read as they are, up to this many.
    private static let mostPlanes = 4

    /// A quantised convolution has weights: a rewrite makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a quantised convolution is not part of a model")
    }

    /// - Parameters:
    ///   - conv: the convolution of real numbers.
    ///   - bias: real numbers.
    ///   - output: `nil`: the output is real numbers.
    /// - Returns: `nil` when the kernels do not cover it.
    package init?(
        _ conv: Conv, weights: WeightLevels, bias: [Float]?, input: LevelScale, output: LevelScale?
    ) {
        let shape = weights.levels.shape
        guard shape.rank == 4, weights.levels.elementCount > 0, weights.fitsSums,
            conv.epilogue == .identity,
            weights.scales.count == shape[0], weights.scales.allSatisfy({ $0.isFinite && $0 > 0 }),
            bias?.count ?? shape[0] == shape[0], shape[0] % conv.groups == 0,
            conv.sliding.kernel == nil || conv.sliding.kernel == Array(shape.dimensions[2...])
        else { return nil }
        let isDepthwise = conv.groups > 1 && shape[1] == 1 && shape[0] == conv.groups
        let lanes = BlockedLayout.lanes
        if isDepthwise {
            guard shape[2] * shape[3] <= 128 else { return nil }
        } else if conv.groups > 1 {
            guard shape[1] % lanes == 0, (shape[0] / conv.groups) % lanes == 0 else { return nil }
        }
        node = conv.sliding.node
        sliding = conv.sliding
        kernel = Array(shape.dimensions[2...])
        (groups, groupInputs, outputs) = (conv.groups, shape[1], shape[0])
        self.input = input
        self.weights = weights
        self.bias = bias
        finish = LevelFinish(
            scales: weights.scales.map { input.scale * $0 }, lanes: BlockedLayout.blocks(outputs) * lanes,
            output: output)
    }

    /// The same with levels bounded by those of real numbers.
    package func bounded(low: Float, high: Float) -> QuantizedConv {
        var bounded = self
        if let output = finish.output {
            (bounded.finish.low, bounded.finish.high) = (output.level(low), output.level(high))
        }
        return bounded
    }

    package var levels: LevelScale? { finish.output }

    package func fused(table: Tensor) -> (any Operator)? {
        guard finish.output != nil, finish.table == nil else { return nil }
        var fused = self
        fused.finish.table = table
        return fused
    }

    /// The same with the addition of levels that its output goes into; the residual becomes input 1.
    package func fused(with addition: QuantizedAdd, asLeft: Bool) -> QuantizedConv? {
        guard finish.output != nil, finish.table == nil, finish.addition == nil else { return nil }
        var fused = self
        fused.finish.addition = addition.finish(asLeft: asLeft)
        return fused
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, let dimensions = x.dimensions,
            dimensions.count == (isBlocked ? 5 : 4),
            x.dataType == .uint8
        else { throw node.mismatch("x is not laid out as the convolution expects") }
        let spatial = try sliding.outputDimensions(Array(dimensions[2..<4]), kernel: kernel)
        let type: DataType = finish.output == nil ? .float32 : .uint8
        _ = try SlidingWindow.checkedType(type, [dimensions[0], .fixed(outputs)] + spatial, node)
        guard kind != nil else { return [ValueType(type, [dimensions[0], .fixed(outputs)] + spatial)] }
        let lanes = BlockedLayout.lanes
        return [
            ValueType(
                type, [dimensions[0], .fixed(BlockedLayout.blocks(outputs))] + spatial + [.fixed(lanes)])
        ]
    }

    /// Whether x is in blocks.
    private var isBlocked: Bool {
        switch kind {
        case nil, .planar?: false
        case .dense?, .depthwise?: true
        }
    }

    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard kind == nil, let channels = BlockedLayout.channels(inputs[0], of: .uint8),
            channels == groupInputs * groups
        else { return nil }
        let isPlanar = groups == 1 && !isBlocked[0] && channels <= Self.mostPlanes
        var node = BlockedNode(
            op: packed(isPlanar: isPlanar), inputs: [isPlanar ? .plain(0) : .blocked(0)],
            channels: outputs,
            initiates: true)
        if finish.addition != nil { node.inputs.append(.blocked(1)) }
        return node
    }

    /// The same with its weights in the kernel's order.
    private func packed(isPlanar: Bool) -> QuantizedConv {
        var packed = self
        if groups > 1, groupInputs == 1 {
            let lanes = BlockedLayout.lanes
            let taps = kernel.reduce(1, *)
            let bytes = Tensor(dataType: .int8, shape: [BlockedLayout.blocks(outputs), taps, lanes])
            let (source, target) = (weights.levels.pointer(Int8.self), bytes.pointer(Int8.self))
            for channel in 0..<outputs {
                for tap in 0..<taps {
                    target[(channel / lanes * taps + tap) * lanes + channel % lanes] =
                        source[channel * taps + tap]
                }
            }
            // All channels are one run of lanes, as if there were one group.
            packed.kind = .depthwise(
                weights: bytes, bias: QuantizedWeights.bias(weights, bias, input: input, groups: 1))
        } else {
            let ordered = QuantizedWeights(
                weights, bias: bias, input: input, groups: groups, lanes: isPlanar ? 4 : BlockedLayout.lanes
            )
            packed.kind = isPlanar ? .planar(ordered) : .dense(ordered)
        }
        return packed
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let kind, let x = inputs[0]?.fixedShape, let geometry = try? geometry(x) else { return 0 }
        return layer(x, geometry, kind).workspaceByteCount(threads: parallelism) * parallelism
    }

    package var countsWholeNumbers: Bool { true }

    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int {
        guard output.rank >= 4 else { return 0 }
        return output[0] * output[2] * output[3] * outputs * groupInputs * kernel.reduce(1, *)
    }

    package func run(_ context: RunContext) throws(GraphError) {
        guard let kind else {
            return try context.runInBlocks(packed(isPlanar: false), channels: outputs, node)
        }
        let x = context.input(0)
        let geometry = try geometry(x.shape)
        let shape = Shape(
            [x.shape[0], BlockedLayout.blocks(outputs)] + geometry.output + [BlockedLayout.lanes])
        let y = context.output(0, finish.output == nil ? .float32 : .uint8, shape)
        guard y.elementCount > 0 else { return }
        let residual = finish.addition == nil ? nil : context.input(1)
        guard residual?.shape ?? shape == shape else {
            throw node.mismatch("residual of another shape")
        }
        let job = QuantizedConvJob(
            x: x.pointer(UInt8.self), residual: residual.map { UnsafePointer($0.pointer(UInt8.self)) },
            levels: finish.output == nil ? nil : y.pointer(UInt8.self),
            reals: finish.output == nil ? y.pointer(Float.self) : nil,
            workspace: context.workspace.baseAddress)
        layer(x.shape, geometry, kind).run(job, finish, context.parallelism)
    }

    private func geometry(_ x: Shape) throws(GraphError) -> WindowGeometry {
        let channels = groupInputs * groups
        guard x.rank == (isBlocked ? 5 : 4),
            x[1] == (isBlocked ? BlockedLayout.blocks(channels) : channels)
        else {
            throw node.mismatch("x \(x) for \(channels) channels")
        }
        let geometry = try sliding.geometry(input: [x[2], x[3]], kernel: kernel)
        _ = try SlidingWindow.checkedShape(x.dimensions, node)
        _ = try SlidingWindow.checkedShape([x[0], outputs] + geometry.output, node)
        return geometry
    }

    private func layer(_ x: Shape, _ geometry: WindowGeometry, _ kind: QuantizedConvLayer.Kind)
        -> QuantizedConvLayer
    {
        QuantizedConvLayer(
            geometry: geometry, kind: kind, batch: x[0], groups: groups, groupInputs: groupInputs,
            outputs: outputs,
            zero: input.zero)
    }
}
