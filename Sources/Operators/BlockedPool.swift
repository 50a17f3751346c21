internal import CKernels
package import Graph
internal import Tensors

/// Maximum or mean over a sliding window on blocked layout. x: [N, ⌈C / 16⌉, H, W, 16] → [N, ⌈C / 16⌉, H', W', 16].
package struct BlockedPool: HalfStoring {
    enum Kind { case maximum, average(countsPadding: Bool) }

    package static let opType = "BlockedPool"
    package static let domain = "fovea"
    private let node: NodeDescription
    private let sliding: SlidingWindow
    private let kernel: [Int]
    private let kind: Kind

    /// ``MaxPool`` and ``AveragePool`` make it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a blocked pool is not part of a model")
    }

    init(_ sliding: SlidingWindow, kernel: [Int], kind: Kind) {
        node = sliding.node
        self.sliding = sliding
        self.kernel = kernel
        self.kind = kind
    }

    private var isMaximum: Bool { if case .maximum = kind { true } else { false } }

    package func readsHalf(_ slot: Int) -> Bool { isMaximum }
    package var followsInputs: Bool { true }
    package func storingHalf() -> (any Operator)? { isMaximum ? self : nil }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let x = inputs[0], let shape = x.fixedShape, shape.rank == 5, x.dataType == .bfloat16,
            let geometry = try? sliding.geometry(input: [shape[2], shape[3]], kernel: kernel)
        else { return 0 }
        return StoredSlide(geometry).workspaceByteCount(
            images: shape[0], blocks: shape[1], threads: parallelism)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, let dimensions = x.dimensions, dimensions.count == 5 else {
            throw node.mismatch("x is not in blocks")
        }
        let spatial = try sliding.outputDimensions(Array(dimensions[2..<4]), kernel: kernel)
        return [try SlidingWindow.checkedType(x.dataType, dimensions[..<2] + spatial + [dimensions[4]], node)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 5 else { throw node.mismatch("x is \(x)") }
        let geometry = try sliding.geometry(input: [x.shape[2], x.shape[3]], kernel: kernel)
        let y = context.output(
            0, x.dataType,
            try SlidingWindow.checkedShape([x.shape[0], x.shape[1]] + geometry.output + [BlockedLayout.lanes], node))
        guard y.elementCount > 0 else { return }
        let kind = kind
        if x.dataType == .bfloat16, isMaximum {
            StoredSlide(geometry).run(
                context, StoredValues(x), StoredValues(y), images: x.shape[0], blocks: x.shape[1]
            ) { _, slide in slide.takes_maximum = 1 }
            return
        }
        guard x.dataType == .float32 else { throw node.mismatch("x of \(x.dataType)") }
        BlockedSlide(geometry).run(context, images: x.shape[0], blocks: x.shape[1], cost: geometry.kernelCount) {
            block, slide in
            slide.x = UnsafePointer(x.pointer(Float.self) + block * geometry.inputCount * 16)
            slide.y = y.pointer(Float.self) + block * geometry.outputCount * 16
            switch kind {
            case .maximum: ck_f32_block_max(&slide)
            case .average(let countsPadding):
                slide.counts_padding = countsPadding ? 1 : 0
                ck_f32_block_average(&slide)
            }
        }
    }
}

/// Mean of each channel on blocked layout. x: [N, ⌈C / 16⌉, H, W, 16] → [N, ⌈C / 16⌉, 1, 1, 16].
package struct BlockedGlobalAveragePool: HalfStoring {
    package static let opType = "BlockedGlobalAveragePool"
    package static let domain = "fovea"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) { self.node = node }

    package func readsHalf(_ slot: Int) -> Bool { true }
    package func storingHalf() -> (any Operator)? { nil }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let dimensions = inputs[0]?.type.dimensions, dimensions.count == 5 else {
            throw node.mismatch("x is not in blocks")
        }
        return [ValueType(.float32, dimensions[..<2] + [.fixed(1), .fixed(1), dimensions[4]])]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 5 else { throw node.mismatch("x is \(x)") }
        let pixels = x.shape[2] * x.shape[3]
        let y = context.output(0, .float32, [x.shape[0], x.shape[1], 1, 1, BlockedLayout.lanes])
        context.spread(x.shape[0] * x.shape[1], cost: pixels * 4) { range in
            for block in range where x.dataType == .bfloat16 {
                ck_bf16_block_mean(
                    x.pointer(UInt16.self) + block * pixels * 16, pixels, y.pointer(Float.self) + block * 16)
            }
            for block in range where x.dataType == .float32 {
                ck_f32_block_mean(
                    x.pointer(Float.self) + block * pixels * 16, pixels, y.pointer(Float.self) + block * 16)
            }
        }
    }
}
