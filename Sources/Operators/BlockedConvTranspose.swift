internal import CKernels
package import Graph
package import Tensors

/// Transposed convolution whose windows lie side by side (kernel = stride, no padding) on blocked layout: for each tap a
/// 1 × 1 convolution that writes every stride-th pixel.
///
/// x: [N, ⌈C / 16⌉, H, W, 16], output: [N, ⌈M / 16⌉, H · kernel, W · kernel, 16]. Each output element is one sum over the
/// channels in ascending order, starting from its bias.
package struct BlockedConvTranspose: EpilogueFusable, HalfStoring, MultiplyAddCounting {
    package static let opType = "BlockedConvTranspose"
    package static let domain = "fovea"

    private let node: NodeDescription
    private let kernel: (y: Int, x: Int)
    private let channels, outputs: Int
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
        (channels, outputs) = (weights.shape[0], weights.shape[1])
        kernel = (weights.shape[2], weights.shape[3])
        let taps = weights.shape[2] * weights.shape[3]
        let (channels, outputs) = (channels, outputs)
        let filters = (0..<taps).map { tap in
            let turned = Tensor(dataType: .float32, shape: [outputs, channels, 1, 1], zeroed: false)
            let (source, target) = (weights.pointer(Float.self), turned.pointer(Float.self))
            for channel in 0..<channels {
                for output in 0..<outputs {
                    target[output * channels + channel] = source[(channel * outputs + output) * taps + tap]
                }
            }
            return turned
        }
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
    private func lineBytes(width: Int) -> Int { (BlockedLayout.blocks(channels) * width * 32 + 63) & ~63 }

    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int {
        output.rank == 5 ? output[0] * output[2] * output[3] * outputs * channels : 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let dimensions = inputs[0]?.type.dimensions, dimensions.count == 5 else {
            throw node.mismatch("x is not in blocks")
        }
        let spatial = zip(dimensions[2..<4], [kernel.y, kernel.x]).map { extent, factor in
            extent.fixedExtent.map { Dimension.fixed($0.multipliedReportingOverflow(by: factor).partialValue) }
                ?? .unknown
        }
        return [
            try SlidingWindow.checkedType(
                outputType, [dimensions[0], .fixed(BlockedLayout.blocks(outputs))] + spatial + [dimensions[4]], node)
        ]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 5, x.shape[1] == BlockedLayout.blocks(channels) else { throw node.mismatch("x is \(x)") }
        let (height, width) = (x.shape[2], x.shape[3])
        let blocks = BlockedLayout.blocks(outputs)
        let y = context.output(
            0, outputType,
            try SlidingWindow.checkedShape(
                [x.shape[0], blocks, height * kernel.y, width * kernel.x, BlockedLayout.lanes], node))
        guard y.elementCount > 0 else { return }
        let finish = epilogue.finish(addsLast: false)
        let (pixels, outputPixels) = (height * width, height * width * kernel.y * kernel.x)
        let rows = x.shape[0] * height
        let work = y.elementCount * channels
        let parallelism = work < Self.parallelThreshold ? Parallelism.serial : context.parallelism
        if case .bfloat16(let weights) = weights {
            return runBFloat16(weights, x, y, finish, context.workspace.baseAddress, parallelism)
        }
        guard case .float32(let weights) = weights, x.dataType == .float32 else {
            throw node.mismatch("x of \(x.dataType)")
        }
        parallelism.run(over: rows) { range in
            var tap = 0
            withUnsafePointer(to: &tap) { offset in
                var run = ck_f32_block_conv()
                (run.taps, run.tap_count) = (offset, 1)
                (run.channels, run.lanes, run.channel_step) = (channels, 16, pixels * 16)
                (run.rows, run.width, run.row_step) = (1, width, width * 16)
                (run.blocks, run.y_block_step, run.y_pixel_step) = (blocks, outputPixels * 16, kernel.x * 16)
                run.finish = finish
                for (index, weights) in weights.enumerated() {
                    run.weights = weights.panels(group: 0, block: 0)
                    run.bias = weights.bias(group: 0, block: 0)
                    for row in range {
                        let (image, line) = (row / height, row % height)
                        let top = line * kernel.y + index / kernel.x
                        let place = image * blocks * outputPixels + top * width * kernel.x + index % kernel.x
                        run.x = UnsafePointer(
                            x.pointer(Float.self)
                                + (image * BlockedLayout.blocks(channels) * pixels + line * width) * 16)
                        run.y = y.pointer(Float.self) + place * 16
                        ck_f32_block_conv_run(&run)
                    }
                }
            }
        }
    }

    private func runBFloat16(
        _ weights: [BFloat16Weights], _ x: Tensor, _ y: Tensor, _ finish: ck_f32_finish,
        _ workspace: UnsafeMutableRawPointer?, _ parallelism: Parallelism
    ) {
        let (height, width) = (x.shape[2], x.shape[3])
        let (pixels, outputPixels) = (height * width, height * width * kernel.y * kernel.x)
        let (blocks, inputBlocks) = (BlockedLayout.blocks(outputs), BlockedLayout.blocks(channels))
        let job = BlockedConvJob(
            x: StoredValues(x), residual: nil, y: StoredValues(y), workspace: workspace, finish: finish)
        let (rows, bytes) = (x.shape[0] * height, lineBytes(width: width))
        let threads = min(parallelism.width, rows)
        parallelism.run(count: threads) { thread in
            var tap = 0
            withUnsafePointer(to: &tap) { offset in
                var run = ck_bf16_block_conv()
                (run.taps, run.tap_count) = (offset, 1)
                (run.channels, run.lanes) = (channels, 16)
                (run.rows, run.width, run.row_step) = (1, width, width * 16)
                (run.blocks, run.y_block_step, run.y_pixel_step) = (blocks, outputPixels * 16, kernel.x * 16)
                run.y_is_half = job.y.isHalf ? 1 : 0
                run.finish = job.finish
                for row in rows * thread / threads..<rows * (thread + 1) / threads {
                    let (image, line) = (row / height, row % height)
                    let first = (image * inputBlocks * pixels + line * width) * 16
                    if job.x.isHalf {
                        run.x = UnsafePointer(job.x.element(first).assumingMemoryBound(to: UInt16.self))
                        run.channel_step = pixels * 16
                    } else if let workspace = job.workspace {
                        let halves = (workspace + thread * bytes).assumingMemoryBound(to: UInt16.self)
                        for block in 0..<inputBlocks {
                            ck_bf16_narrow(
                                job.x.floats + first + block * pixels * 16, width * 16, halves + block * width * 16)
                        }
                        (run.x, run.channel_step) = (UnsafePointer(halves), width * 16)
                    }
                    for (index, weights) in weights.enumerated() {
                        run.weights = weights.panels(group: 0, block: 0)
                        run.bias = weights.bias(group: 0, block: 0)
                        let top = line * kernel.y + index / kernel.x
                        let place = image * blocks * outputPixels + top * width * kernel.x + index % kernel.x
                        run.y = job.y.element(place * 16)
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
