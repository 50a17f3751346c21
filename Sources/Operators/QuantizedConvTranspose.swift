internal import CKernels
package import Graph
package import Tensors

/// Transposed convolution of levels with ``AdjoiningWindows``, in blocks, in exact sums of 32 bits rounded once.
///
/// x: uint8 [N, C, H, W] in blocks, output: uint8 [N, M, H · kernel, W · kernel] in blocks.
package struct QuantizedConvTranspose: LevelTableFusable, MultiplyAddCounting, BlockedForm {
    package static let opType = "QuantizedConvTranspose"
    package static let domain = "fovea"

    private let node: NodeDescription
    private let windows: AdjoiningWindows
    /// For each tap in row-major order.
    private let weights: [QuantizedWeights]
    private var finish: LevelFinish

    private static let parallelThreshold = 1 << 21

    /// A rewrite makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a quantised convolution is not part of a model")
    }

    /// - Parameters:
    ///   - weights: [C, M, kernel…], a scale for each of the M outputs.
    ///   - bias: real numbers.
    /// - Returns: `nil` when the kernels do not cover it.
    package init?(
        _ convolution: ConvTranspose, weights: WeightLevels, bias: [Float]?, input: LevelScale,
        output: LevelScale
    ) {
        let shape = weights.levels.shape
        guard shape.rank == 4, weights.levels.elementCount > 0, shape[0] <= 1 << 14,
            convolution.groups == 1,
            convolution.epilogue == .identity, weights.scales.count == shape[1],
            weights.scales.allSatisfy({ $0.isFinite && $0 > 0 }), bias?.count ?? shape[1] == shape[1],
            convolution.hasAdjoiningWindows(kernel: Array(shape.dimensions[2...]))
        else { return nil }
        node = convolution.node
        windows = AdjoiningWindows(weights: shape)
        self.weights = windows.filters(of: weights.levels, as: Int8.self).map { filters in
            QuantizedWeights(
                WeightLevels(levels: filters, scales: weights.scales), bias: bias, input: input, groups: 1,
                lanes: BlockedLayout.lanes)
        }
        finish = LevelFinish(
            scales: weights.scales.map { input.scale * $0 },
            lanes: windows.outputBlocks * BlockedLayout.lanes,
            output: output)
    }

    /// The same with levels bounded by those of real numbers.
    package func bounded(low: Float, high: Float) -> QuantizedConvTranspose {
        var bounded = self
        if let output = finish.output {
            (bounded.finish.low, bounded.finish.high) = (output.level(low), output.level(high))
        }
        return bounded
    }

    package func fused(table: Tensor) -> (any Operator)? {
        guard finish.table == nil else { return nil }
        var fused = self
        fused.finish.table = table
        return fused
    }

    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int {
        windows.multiplyAdds(output: output)
    }
    package var countsWholeNumbers: Bool { true }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, x.dataType == .uint8, let dimensions = x.dimensions,
            dimensions.count == 4 || dimensions.count == 5
        else { throw node.mismatch("x is not of levels with two spatial axes") }
        let spatial = windows.outputDimensions(dimensions[2..<4])
        let first = dimensions.count == 5 ? windows.outputBlocks : windows.outputs
        return [
            try SlidingWindow.checkedType(
                .uint8, [dimensions[0], .fixed(first)] + spatial + dimensions[4...], node)
        ]
    }

    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard BlockedLayout.channels(inputs[0], of: .uint8) == windows.channels else { return nil }
        return BlockedNode(op: self, inputs: [.blocked(0)], channels: windows.outputs, initiates: true)
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.shape.rank == 4 {
            return try context.runInBlocks(self, channels: windows.outputs, node)
        }
        let y = context.output(0, .uint8, try windows.outputShape(x, node))
        guard y.elementCount > 0 else { return }
        let rows = AdjoiningWindows.Rows(windows, x: x.shape)
        let work = y.elementCount * windows.channels
        let parallelism = work < Self.parallelThreshold ? Parallelism.serial : context.parallelism
        parallelism.run(over: x.shape[0] * rows.height) { range in
            var tap = 0
            withUnsafePointer(to: &tap) { offset in
                var run = ck_u8_block_conv()
                (run.taps, run.tap_count) = (offset, 1)
                (run.channels, run.lanes, run.channel_step) = (windows.channels, 16, rows.pixels * 16)
                (run.rows, run.width, run.row_step) = (1, rows.width, rows.width * 16)
                (run.blocks, run.y_block_step) = (windows.outputBlocks, rows.outputPixels * 16)
                run.y_pixel_step = windows.kernel.x * 16
                run.finish = finish.finish(block: 0)
                for (tap, weights) in weights.enumerated() {
                    run.weights = weights.panels(group: 0, block: 0)
                    run.bias = weights.bias(group: 0, block: 0)
                    for row in range {
                        run.x = UnsafePointer(x.pointer(UInt8.self) + rows.source(row) * 16)
                        run.y = y.pointer(UInt8.self) + rows.target(row, tap: tap) * 16
                        ck_u8_block_conv_run(&run)
                    }
                }
            }
        }
    }
}

extension RunContext {
    /// Runs an operator on blocked layout for inputs and an output in plain layout.
    func runInBlocks(_ op: any Operator, channels: Int, _ node: NodeDescription) throws(GraphError) {
        let toBlocks = try ToBlocks(node)
        var blocks: [Tensor?] = []
        for input in inputs {
            let inner = RunContext(inputs: [input], outputs: [nil])
            try toBlocks.run(inner)
            blocks.append(inner.outputs[0])
        }
        let types = blocks.map { $0.map { ValueType($0.dataType, shape: $0.shape) } }
        let room = try scratch(byteCount: op.workspaceByteCount(types, parallelism: 1), node)
        let inner = RunContext(inputs: blocks, outputs: [nil], workspace: room.mutableBytes)
        try op.run(inner)
        let back = RunContext(inputs: [inner.outputs[0]], outputs: [nil])
        try FromBlocks(node, channels: channels).run(back)
        if let y = back.outputs[0] { setOutput(0, y) }
    }
}
