internal import CKernels
package import Graph
package import Tensors

/// Product of rows with a constant matrix, with bias, an optional residual and an activation: MatMul and Gemm of networks.
///
/// a: […, K], residual, output: […, N]. Rows are laid out in blocks of 16 columns, a pixel each, for the kernel of the
/// blocked convolutions; each output element is one sum over K in ascending order, starting from its bias.
package struct DenseProduct: EpilogueFusable, ResidualFusable, MultiplyAddCounting, WeightPacking {
    package static let opType = "DenseProduct"
    package static let domain = "fovea"

    private let node: NodeDescription
    private let k, n: Int
    private var weights: PackableWeights<Weights>

    fileprivate enum Weights {
        case float32(BlockedWeights)
        case bfloat16(BFloat16Weights)
    }

    package var epilogue = Epilogue.identity
    package var residual: ResidualOrder?

    private static let parallelThreshold = 1 << 19
    /// Floats of rows that are laid out at a time.
    private static let bandFloats = 64 * 1024

    /// A rewrite makes it from MatMul or Gemm.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a product with a constant matrix is not part of a model")
    }

    /// - Parameters:
    ///   - matrix: [N, K] of float32.
    ///   - bias: N elements.
    package init(_ node: NodeDescription, matrix: Tensor, bias: Tensor?) {
        self.node = node
        (n, k) = (matrix.shape[0], matrix.shape[1])
        let filters = matrix.reshaped([matrix.shape[0], matrix.shape[1], 1, 1])
        weights = .given {
            node.precision == .bf16
                ? .bfloat16(BFloat16Weights(filters, bias: bias, groups: 1))
                : .float32(BlockedWeights(filters, bias: bias, groups: 1, lanes: BlockedLayout.lanes))
        }
    }

    package func packed() -> any Operator {
        var packed = self
        packed.weights = .packed(weights.value)
        return packed
    }

    /// The product with an epilogue in place of the one it has.
    package func ending(with epilogue: Epilogue) -> DenseProduct {
        var product = self
        product.epilogue = epilogue
        return product
    }

    package var coversResidual: Bool { n % 16 == 0 }

    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int { output.elementCount * k }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let a = inputs[0]?.type, a.dataType == .float32 else { throw node.mismatch("a is not of float32") }
        guard let dimensions = a.dimensions else { return [ValueType(.float32, nil)] }
        guard let last = dimensions.last, last.fixedExtent ?? k == k else { throw node.mismatch("\(a) by [\(k),\(n)]") }
        return [try SlidingWindow.checkedType(.float32, dimensions.dropLast() + [.fixed(n)], node)]
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let a = inputs[0]?.fixedShape else { return 0 }
        return scratchFloats(cut(rows: a.elementCount / k, threads: parallelism)) * MemoryLayout<Float>.stride
            * parallelism
    }

    /// Bands of rows.
    private func cut(rows: Int, threads: Int) -> WorkCut {
        var cut = WorkCut(
            blocks: BlockedLayout.blocks(n), length: rows, wanted: max(28, Self.bandFloats / max(1, k)))
        if isLarge(rows: rows) { cut.share(threads: threads, prefersParts: rows < 28 * threads) }
        return cut
    }

    private func isLarge(rows: Int) -> Bool { rows * n * k >= Self.parallelThreshold }

    /// What a thread needs for its rows in blocks and for a last pair of blocks that the output has no room for.
    private func scratchFloats(_ cut: WorkCut) -> Int { cut.longest * 16 * (BlockedLayout.blocks(k) + 2) }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0)
        guard let last = a.shape.dimensions.last, last == k, a.dataType == .float32 else {
            throw node.mismatch("\(a) by [\(k),\(n)]")
        }
        let y = context.output(
            0, .float32, try SlidingWindow.checkedShape(a.shape.dimensions.dropLast() + [n], node))
        guard y.elementCount > 0 else { return }
        let added = residual == nil ? nil : context.input(1)
        guard added?.shape ?? y.shape == y.shape else { throw node.mismatch("residual of another shape") }
        let rows = a.elementCount / k
        let cut = cut(rows: rows, threads: context.parallelism.width)
        let floats = scratchFloats(cut)
        let job = ProductJob(
            a: a.pointer(Float.self), residual: added.map { UnsafePointer($0.pointer(Float.self)) },
            y: y.pointer(Float.self), workspace: context.workspace.baseAddress,
            weights: weights.value, finish: epilogue.finish(addsLast: residual == .afterActivation))
        cut.run(isLarge(rows: rows) ? context.parallelism : .serial) { thread, piece in
            guard let workspace = job.workspace else { return }
            runPiece(job, piece, workspace.assumingMemoryBound(to: Float.self) + thread * floats)
        }
    }

    private func runPiece(_ job: ProductJob, _ piece: WorkCut.Piece, _ scratch: UnsafeMutablePointer<Float>) {
        let rows = piece.band
        let left = job.a + rows.lowerBound * k
        switch job.weights {
        case .float32: ck_f32_block_from_rows(left, k, rows.count, scratch)
        case .bfloat16:
            ck_bf16_from_rows(
                left, k, rows.count, UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UInt16.self))
        }
        let columns = RowBlocks(piece.blocks, columns: n)
        if !columns.placed.isEmpty {
            let at = rows.lowerBound * n + columns.placed.lowerBound * 16
            multiply(
                scratch, rows: rows.count, job,
                Target(
                    blocks: columns.placed, y: job.y + at, residual: job.residual.map { $0 + at }, blockStep: 16,
                    pixelStep: n))
        }
        guard !columns.edge.isEmpty else { return }
        let edge = scratch + rows.count * BlockedLayout.blocks(k) * 16
        multiply(
            scratch, rows: rows.count, job,
            Target(blocks: columns.edge, y: edge, residual: nil, blockStep: rows.count * 16, pixelStep: 16))
        for block in columns.edge {
            ck_f32_block_to_rows(
                edge + (block - columns.edge.lowerBound) * rows.count * 16, rows.count, min(16, n - block * 16),
                job.y + rows.lowerBound * n + block * 16, n)
        }
    }

    /// Where some blocks of the output go, and how far apart they and their rows lie.
    private struct Target {
        let blocks: Range<Int>
        let y: UnsafeMutablePointer<Float>
        let residual: UnsafePointer<Float>?
        let blockStep, pixelStep: Int
    }

    /// Multiplies rows that lie in blocks in `scratch`.
    private func multiply(
        _ scratch: UnsafeMutablePointer<Float>, rows: Int, _ job: ProductJob, _ target: Target
    ) {
        var tap = 0
        withUnsafePointer(to: &tap) { offset in
            switch job.weights {
            case .float32(let weights):
                var run = ck_f32_block_conv()
                (run.x, run.taps, run.tap_count) = (UnsafePointer(scratch), offset, 1)
                (run.channels, run.lanes, run.channel_step) = (k, 16, rows * 16)
                (run.rows, run.width, run.row_step) = (1, rows, rows * 16)
                run.weights = weights.panels(group: 0, block: target.blocks.lowerBound)
                run.bias = weights.bias(group: 0, block: target.blocks.lowerBound)
                (run.residual, run.y, run.finish) = (target.residual, target.y, job.finish)
                run.blocks = target.blocks.count
                (run.y_block_step, run.y_pixel_step) = (target.blockStep, target.pixelStep)
                ck_f32_block_conv_run(&run)
            case .bfloat16(let weights):
                var run = ck_bf16_block_conv()
                run.x = UnsafeRawPointer(scratch).assumingMemoryBound(to: UInt16.self)
                (run.taps, run.tap_count) = (offset, 1)
                (run.channels, run.lanes, run.channel_step) = (k, 16, rows * 16)
                (run.rows, run.width, run.row_step) = (1, rows, rows * 16)
                run.weights = weights.panels(group: 0, block: target.blocks.lowerBound)
                run.bias = weights.bias(group: 0, block: target.blocks.lowerBound)
                (run.residual, run.y) = (
                    target.residual.map { UnsafeRawPointer($0) }, UnsafeMutableRawPointer(target.y)
                )
                (run.finish, run.blocks) = (job.finish, target.blocks.count)
                (run.y_block_step, run.y_pixel_step) = (target.blockStep, target.pixelStep)
                ck_bf16_block_conv_run(&run)
            }
        }
    }
}

/// Blocks of a product's columns by where kernels, which write whole pairs of blocks, put them.
struct RowBlocks {
    /// Those that end inside the row and are written in place.
    let placed: Range<Int>
    /// Those that go through scratch memory: in the last pair, where the row is no whole number of blocks.
    let edge: Range<Int>

    init(_ blocks: Range<Int>, columns: Int) {
        let end =
            columns % 16 == 0 ? blocks.upperBound : max(blocks.lowerBound, min(blocks.upperBound, columns / 32 * 2))
        (placed, edge) = (blocks.lowerBound..<end, end..<blocks.upperBound)
    }
}

private struct ProductJob: @unchecked Sendable {
    let a: UnsafePointer<Float>
    let residual: UnsafePointer<Float>?
    let y: UnsafeMutablePointer<Float>
    let workspace: UnsafeMutableRawPointer?
    let weights: DenseProduct.Weights
    let finish: ck_f32_finish
}
