internal import CKernels
package import Graph
package import Tensors

/// Transposed convolution whose windows lie side by side (kernel = stride, no padding) on blocked layout: for each tap a
/// 1 × 1 convolution that writes every stride-th pixel.
///
/// x: [N, ⌈C / 16⌉, H, W, 16], output: [N, ⌈M / 16⌉, H · kernel, W · kernel, 16]. Each output element is one sum over the
/// channels in ascending order, starting from its bias.
package struct BlockedConvTranspose: EpilogueFusable, MultiplyAddCounting {
    package static let opType = "BlockedConvTranspose"
    package static let domain = "fovea"

    private let node: NodeDescription
    private let kernel: (y: Int, x: Int)
    private let channels, outputs: Int
    /// For each tap in row-major order.
    private let weights: [BlockedWeights]
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
        self.weights = (0..<taps).map { tap in
            let turned = Tensor(dataType: .float32, shape: [outputs, channels, 1, 1], zeroed: false)
            let (source, target) = (weights.pointer(Float.self), turned.pointer(Float.self))
            for channel in 0..<channels {
                for output in 0..<outputs {
                    target[output * channels + channel] = source[(channel * outputs + output) * taps + tap]
                }
            }
            return BlockedWeights(turned, bias: bias, groups: 1, lanes: BlockedLayout.lanes)
        }
    }

    package func fused(with epilogue: Epilogue) -> (any Operator)? {
        guard self.epilogue == .identity, epilogue.finish(addsLast: false).function == .count else { return nil }
        var fused = self
        fused.epilogue = epilogue
        return fused
    }

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
                .float32, [dimensions[0], .fixed(BlockedLayout.blocks(outputs))] + spatial + [dimensions[4]], node)
        ]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 5, x.shape[1] == BlockedLayout.blocks(channels) else { throw node.mismatch("x is \(x)") }
        let (height, width) = (x.shape[2], x.shape[3])
        let blocks = BlockedLayout.blocks(outputs)
        let y = context.output(
            0, .float32,
            try SlidingWindow.checkedShape(
                [x.shape[0], blocks, height * kernel.y, width * kernel.x, BlockedLayout.lanes], node))
        guard y.elementCount > 0 else { return }
        let finish = epilogue.finish(addsLast: false)
        let (pixels, outputPixels) = (height * width, height * width * kernel.y * kernel.x)
        let rows = x.shape[0] * height
        let work = y.elementCount * channels
        let parallelism = work < Self.parallelThreshold ? Parallelism.serial : context.parallelism
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
