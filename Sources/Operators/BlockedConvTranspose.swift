internal import CKernels
package import Graph
package import Tensors

/// Transposed convolution of ``AdjoiningWindows`` on blocked layout.
///
/// x: [N, ⌈C / 16⌉, H, W, 16], output: [N, ⌈M / 16⌉, H · kernel, W · kernel, 16]. Each output element is one sum over the
/// channels in ascending order, starting from its bias.
package struct BlockedConvTranspose: EpilogueFusable, HalfStoring, MultiplyAddCounting {
    package static let opType = "BlockedConvTranspose"
    package static let domain = "fovea"

    private let node: NodeDescription
    private let windows: AdjoiningWindows
    /// For each tap in row-major order.
    private let weights: Weights

    private enum Weights {
        case float32([BlockedWeights])
        case bfloat16([BFloat16Weights])
    }

    private var outputType = DataType.float32
    package private(set) var epilogue: Epilogue

    private static let parallelThreshold = 1 << 19

    /// ``ConvTranspose`` makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a blocked convolution is not part of a model")
    }

    /// - Parameter weights: [C, M, kernel…].
    init(_ node: NodeDescription, weights: Tensor, bias: Tensor?, epilogue: Epilogue) {
        self.node = node
        self.epilogue = epilogue
        windows = AdjoiningWindows(weights: weights.shape)
        let filters = windows.filters(of: weights, as: Float.self)
        self.weights =
            node.precision == .bf16
            ? .bfloat16(filters.map { BFloat16Weights($0, bias: bias, groups: 1) })
            : .float32(filters.map { BlockedWeights($0, bias: bias, groups: 1, lanes: BlockedLayout.lanes) })
    }

    package func fused(with epilogue: Epilogue) -> (any Operator)? {
        guard self.epilogue == .identity, epilogue.finish(addsLast: false).function == .count else { return nil }
        var fused = self
        fused.epilogue = epilogue
        return fused
    }

    private var isHalf: Bool { if case .bfloat16 = weights { true } else { false } }

    package func readsHalf(_ slot: Int) -> Bool { isHalf }

    package func storingHalf() -> (any Operator)? {
        guard isHalf else { return nil }
        var storing = self
        storing.outputType = .bfloat16
        return storing
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard isHalf, let x = inputs[0], x.dataType == .float32, let shape = x.fixedShape, shape.rank == 5 else {
            return 0
        }
        return lineBytes(width: shape[3]) * parallelism
    }

    /// Bytes of one input row in bfloat16.
    private func lineBytes(width: Int) -> Int { (windows.inputBlocks * width * 32 + 63) & ~63 }

    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int {
        windows.multiplyAdds(output: output)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let dimensions = inputs[0]?.type.dimensions, dimensions.count == 5 else {
            throw node.mismatch("x is not in blocks")
        }
        let spatial = windows.outputDimensions(dimensions[2..<4])
        return [
            try SlidingWindow.checkedType(
                outputType, [dimensions[0], .fixed(windows.outputBlocks)] + spatial + [dimensions[4]], node)
        ]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let y = context.output(0, outputType, try windows.outputShape(x, node))
        guard y.elementCount > 0 else { return }
        let finish = epilogue.finish(addsLast: false)
        let rows = AdjoiningWindows.Rows(windows, x: x.shape)
        let work = y.elementCount * windows.channels
        let parallelism = work < Self.parallelThreshold ? Parallelism.serial : context.parallelism
        if case .bfloat16(let weights) = weights {
            return runBFloat16(weights, x, y, rows, finish, context.workspace.baseAddress, parallelism)
        }
        guard case .float32(let weights) = weights, x.dataType == .float32 else {
            throw node.mismatch("x of \(x.dataType)")
        }
        parallelism.run(over: x.shape[0] * rows.height) { range in
            var tap = 0
            withUnsafePointer(to: &tap) { offset in
                var run = ck_f32_block_conv()
                (run.taps, run.tap_count) = (offset, 1)
                (run.channels, run.lanes, run.channel_step) = (windows.channels, 16, rows.pixels * 16)
                (run.rows, run.width, run.row_step) = (1, rows.width, rows.width * 16)
                (run.blocks, run.y_block_step) = (windows.outputBlocks, rows.outputPixels * 16)
                (run.y_pixel_step, run.finish) = (windows.kernel.x * 16, finish)
                for (tap, weights) in weights.enumerated() {
                    run.weights = weights.panels(group: 0, block: 0)
                    run.bias = weights.bias(group: 0, block: 0)
                    for row in range {
                        run.x = UnsafePointer(x.pointer(Float.self) + rows.source(row) * 16)
                        run.y = y.pointer(Float.self) + rows.target(row, tap: tap) * 16
                        ck_f32_block_conv_run(&run)
                    }
                }
            }
        }
    }

    private func runBFloat16(
        _ weights: [BFloat16Weights], _ x: Tensor, _ y: Tensor, _ rows: AdjoiningWindows.Rows,
        _ finish: ck_f32_finish, _ workspace: UnsafeMutableRawPointer?, _ parallelism: Parallelism
    ) {
        let job = BlockedConvJob(
            x: StoredValues(x), residual: nil, y: StoredValues(y), workspace: workspace, finish: finish)
        let (count, bytes) = (x.shape[0] * rows.height, lineBytes(width: rows.width))
        let threads = min(parallelism.width, count)
        parallelism.run(count: threads) { thread in
            var tap = 0
            withUnsafePointer(to: &tap) { offset in
                var run = ck_bf16_block_conv()
                (run.taps, run.tap_count) = (offset, 1)
                (run.channels, run.lanes) = (windows.channels, 16)
                (run.rows, run.width, run.row_step) = (1, rows.width, rows.width * 16)
                (run.blocks, run.y_block_step) = (windows.outputBlocks, rows.outputPixels * 16)
                (run.y_pixel_step, run.finish) = (windows.kernel.x * 16, job.finish)
                run.y_is_half = job.y.isHalf ? 1 : 0
                for row in count * thread / threads..<count * (thread + 1) / threads {
                    let first = rows.source(row) * 16
                    if job.x.isHalf {
                        run.x = UnsafePointer(job.x.element(first).assumingMemoryBound(to: UInt16.self))
                        run.channel_step = rows.pixels * 16
                    } else if let workspace = job.workspace {
                        let halves = (workspace + thread * bytes).assumingMemoryBound(to: UInt16.self)
                        let line = rows.width * 16
                        for block in 0..<windows.inputBlocks {
                            ck_bf16_narrow(
                                job.x.floats + first + block * rows.pixels * 16, line, halves + block * line)
                        }
                        (run.x, run.channel_step) = (UnsafePointer(halves), line)
                    }
                    for (tap, weights) in weights.enumerated() {
                        run.weights = weights.panels(group: 0, block: 0)
                        run.bias = weights.bias(group: 0, block: 0)
                        run.y = job.y.element(rows.target(row, tap: tap) * 16)
                        ck_bf16_block_conv_run(&run)
                    }
                }
            }
        }
    }
}

extension ConvTranspose: BlockedForm {
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0]), inputs.count >= 2, let weights = inputs[1]?.constant,
            weights.dataType == .float32, weights.shape.rank == 4, weights.elementCount > 0, groups == 1,
            weights.shape[0] == channels, hasAdjoiningWindows(kernel: Array(weights.shape.dimensions[2...])),
            epilogue.finish(addsLast: false).function == .count
        else { return nil }
        var bias: Tensor?
        if inputs.count > 2, let fact = inputs[2] {
            guard let constant = fact.constant, constant.dataType == .float32, constant.shape == [weights.shape[1]]
            else { return nil }
            bias = constant
        }
        return BlockedNode(
            op: BlockedConvTranspose(node, weights: weights, bias: bias, epilogue: epilogue), inputs: [.blocked(0)],
            channels: weights.shape[1])
    }
}
