internal import CKernels
package import Graph
package import Tensors

/// Depthwise convolution over two axes on blocked layout, one output channel for each input channel, with constant
/// weights, bias, an optional residual and an activation.
///
/// x: [N, ⌈C / 16⌉, H, W, 16], residual, output: [N, ⌈C / 16⌉, H', W', 16]. Taps add up in row-major order, starting
/// from the bias.
package struct BlockedDepthwiseConv: EpilogueFusable, ResidualFusable, HalfStoring, MultiplyAddCounting {
    package static let opType = "BlockedDepthwiseConv"
    package static let domain = "fovea"

    private let node: NodeDescription
    private let sliding: SlidingWindow
    private let kernel: [Int]
    private let blocks: Int
    /// [blocks, taps, 16]
    private let weights: Tensor
    /// [blocks, 16]
    private let bias: Tensor
    package var epilogue: Epilogue
    package var residual: ResidualOrder?
    private var outputType = DataType.float32

    /// A blocked convolution has weights: ``Conv`` makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a blocked convolution is not part of a model")
    }

    /// - Parameter weights: [C, 1, kernel…].
    init(_ sliding: SlidingWindow, weights: Tensor, bias: Tensor?, epilogue: Epilogue) {
        node = sliding.node
        self.sliding = sliding
        self.epilogue = epilogue
        let channels = weights.shape[0]
        kernel = Array(weights.shape.dimensions[2...])
        let taps = kernel.reduce(1, *)
        blocks = BlockedLayout.blocks(channels)
        self.weights = Tensor(dataType: .float32, shape: [blocks, taps, BlockedLayout.lanes])
        self.bias = Tensor(dataType: .float32, shape: [blocks, BlockedLayout.lanes])
        if let bias { self.bias.base.copyMemory(from: bias.base, byteCount: bias.byteCount) }
        let (source, target) = (weights.pointer(Float.self), self.weights.pointer(Float.self))
        for channel in 0..<channels {
            for tap in 0..<taps {
                target[(channel / 16 * taps + tap) * 16 + channel % 16] = source[channel * taps + tap]
            }
        }
    }

    package func readsHalf(_ slot: Int) -> Bool { slot == 0 && residual == nil }

    package func storingHalf() -> (any Operator)? {
        guard residual == nil else { return nil }
        var storing = self
        storing.outputType = .bfloat16
        return storing
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let x = inputs[0], let shape = x.fixedShape, shape.rank == 5,
            x.dataType == .bfloat16 || outputType == .bfloat16,
            let geometry = try? sliding.geometry(input: [shape[2], shape[3]], kernel: kernel)
        else { return 0 }
        return StoredSlide(geometry).workspaceByteCount(threads: parallelism)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let dimensions = inputs[0]?.type.dimensions, dimensions.count == 5 else {
            throw node.mismatch("x is not in blocks")
        }
        let spatial = try sliding.outputDimensions(Array(dimensions[2..<4]), kernel: kernel)
        return [try SlidingWindow.checkedType(outputType, dimensions[..<2] + spatial + [dimensions[4]], node)]
    }

    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int { output.elementCount * kernel.reduce(1, *) }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 5, x.shape[1] == blocks else { throw node.mismatch("x is \(x)") }
        let geometry = try sliding.geometry(input: [x.shape[2], x.shape[3]], kernel: kernel)
        let y = context.output(
            0, outputType,
            try SlidingWindow.checkedShape([x.shape[0], blocks] + geometry.output + [BlockedLayout.lanes], node))
        guard y.elementCount > 0 else { return }
        let added = residual == nil ? nil : context.input(1)
        guard added?.shape ?? y.shape == y.shape else { throw node.mismatch("residual of another shape") }
        let finish = epilogue.finish(addsLast: residual == .afterActivation)
        let taps = geometry.kernelCount
        if x.dataType == .bfloat16 || outputType == .bfloat16 {
            guard added == nil else { throw node.mismatch("residual of a depthwise convolution in bfloat16") }
            StoredSlide(geometry).run(context, StoredValues(x), StoredValues(y), blocks: x.shape[0] * blocks) {
                block, slide in
                slide.slide.weights = UnsafePointer(weights.pointer(Float.self) + block % blocks * taps * 16)
                slide.slide.bias = UnsafePointer(bias.pointer(Float.self) + block % blocks * 16)
                slide.slide.finish = finish
            }
            return
        }
        guard x.dataType == .float32 else { throw node.mismatch("x of \(x.dataType)") }
        BlockedSlide(geometry).run(context, blocks: x.shape[0] * blocks, cost: taps) { block, slide in
            slide.x = UnsafePointer(x.pointer(Float.self) + block * geometry.inputCount * 16)
            slide.y = y.pointer(Float.self) + block * geometry.outputCount * 16
            slide.weights = UnsafePointer(weights.pointer(Float.self) + block % blocks * taps * 16)
            slide.bias = UnsafePointer(bias.pointer(Float.self) + block % blocks * 16)
            slide.residual = added.map { UnsafePointer($0.pointer(Float.self) + block * geometry.outputCount * 16) }
            slide.finish = finish
            ck_f32_block_depthwise(&slide)
        }
    }
}

/// Shares out the channel blocks of a sliding window, and the rows of each when there are few, to threads.
struct BlockedSlide {
    private let window: ck_window
    private let after: (Int, Int)

    init(_ geometry: WindowGeometry) {
        window = geometry.window
        after = (geometry.after[0], geometry.after[1])
    }

    /// Calls `body` for bands of rows of all blocks, with a job that lacks only pointers and finish.
    func run(
        _ context: RunContext, blocks: Int, cost: Int, _ body: @Sendable (Int, inout ck_f32_block_slide) -> Void
    ) {
        let rows = window.output.1
        // Bands that stay in the first-level cache between taps and activation.
        let bands = max(1, min(rows, rows * window.output.2 * 16 / 8192))
        context.spread(blocks * bands, cost: rows * window.output.2 / bands * cost * 2) { range in
            withUnsafePointer(to: window) { window in
                var slide = ck_f32_block_slide()
                slide.window = window
                slide.pad_after = after
                slide.finish = Epilogue.identity.finish(addsLast: false)
                for piece in range {
                    let band = piece % bands
                    slide.first = rows * band / bands
                    slide.rows = rows * (band + 1) / bands - slide.first
                    body(piece / bands, &slide)
                }
            }
        }
    }
}
