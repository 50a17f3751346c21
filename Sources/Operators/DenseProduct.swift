internal import CKernels
package import Graph
package import Tensors

/// Product of rows with a constant matrix, with bias, an optional residual and an activation: MatMul and Gemm of networks.
///
/// a: […, K], residual, output: […, N]. Rows are laid out in blocks of 16 columns, a pixel each, for the kernel of the
/// blocked convolutions; each output element is one sum over K in ascending order, starting from its bias.
package struct DenseProduct: EpilogueFusable, ResidualFusable, MultiplyAddCounting {
    package static let opType = "DenseProduct"
    package static let domain = "fovea"

    private let node: NodeDescription
    private let k, n: Int
    private let weights: Weights

    private enum Weights {
        case float32(BlockedWeights)
        case bfloat16(BFloat16Weights)
    }

    package private(set) var epilogue = Epilogue.identity
    package private(set) var residual: ResidualOrder?

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
        weights =
            node.precision == .bf16
            ? .bfloat16(BFloat16Weights(filters, bias: bias, groups: 1))
            : .float32(BlockedWeights(filters, bias: bias, groups: 1, lanes: BlockedLayout.lanes))
    }

    /// The product with an epilogue in place of the one it has.
    package func ending(with epilogue: Epilogue) -> DenseProduct {
        var product = self
        product.epilogue = epilogue
        return product
    }

    package func fused(with epilogue: Epilogue) -> (any Operator)? {
        guard self.epilogue == .identity, residual != .afterActivation else { return nil }
        var fused = self
        fused.epilogue = epilogue
        return fused
    }

    package func fusedWithResidual() -> (any Operator)? {
        guard residual == nil, n % 16 == 0 else { return nil }
        var fused = self
        fused.residual = epilogue == .identity ? .beforeActivation : .afterActivation
        return fused
    }

    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int { output.elementCount * k }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let a = inputs[0]?.type, a.dataType == .float32 else { throw node.mismatch("a is not of float32") }
        guard let dimensions = a.dimensions else { return [ValueType(.float32, nil)] }
        guard let last = dimensions.last, last.fixedExtent ?? k == k else { throw node.mismatch("\(a) by [\(k),\(n)]") }
        return [try SlidingWindow.checkedType(.float32, dimensions.dropLast() + [.fixed(n)], node)]
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let a = inputs[0]?.fixedShape else { return 0 }
        return cut(rows: a.elementCount / k, threads: parallelism).scratchFloats * MemoryLayout<Float>.stride
            * parallelism
    }

    /// Bands of rows, and parts of the columns, that make the pieces of work.
    private struct Cut {
        var bands: Int
        var parts = 1
        /// Floats that a thread needs for its rows in blocks and for a last block that the output has no room for.
        var scratchFloats = 0
    }

    private func cut(rows: Int, threads: Int) -> Cut {
        let wanted = max(28, Self.bandFloats / max(1, k))
        var cut = Cut(bands: max(1, (rows + wanted - 1) / wanted))
        if threads > 1, rows * n * k >= Self.parallelThreshold {
            let pairs = (BlockedLayout.blocks(n) + 1) / 2
            if pairs >= threads, rows < 28 * threads {
                cut.parts = threads
            } else {
                cut.bands = min(rows, (cut.bands + threads - 1) / threads * threads)
            }
        }
        let longest = (rows + cut.bands - 1) / cut.bands
        cut.scratchFloats = longest * 16 * (BlockedLayout.blocks(k) + 2)
        return cut
    }

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
        let pieces = cut.bands * cut.parts
        let isLarge = rows * n * k >= Self.parallelThreshold
        let threads = isLarge ? min(context.parallelism.width, pieces) : 1
        let job = ProductJob(
            a: a.pointer(Float.self), residual: added.map { UnsafePointer($0.pointer(Float.self)) },
            y: y.pointer(Float.self), workspace: context.workspace.baseAddress,
            finish: epilogue.finish(addsLast: residual == .afterActivation))
        let pairs = (BlockedLayout.blocks(n) + 1) / 2
        context.parallelism.run(count: threads) { thread in
            guard let base = job.workspace else { return }
            let scratch = base.assumingMemoryBound(to: Float.self) + thread * cut.scratchFloats
            for piece in pieces * thread / threads..<pieces * (thread + 1) / threads {
                let (band, part) = (piece / cut.parts, piece % cut.parts)
                let rows = rows * band / cut.bands..<rows * (band + 1) / cut.bands
                let blocks =
                    pairs * part / cut.parts * 2..<min(BlockedLayout.blocks(n), pairs * (part + 1) / cut.parts * 2)
                switch weights {
                case .float32(let weights): runPiece(job, weights, rows: rows, blocks: blocks, scratch)
                case .bfloat16(let weights): runPiece(job, weights, rows: rows, blocks: blocks, scratch)
                }
            }
        }
    }

    /// Blocks of some that end inside the row and are written in place; the last pair may go through scratch memory.
    private func placed(_ blocks: Range<Int>) -> Int {
        n % 16 == 0 ? blocks.count : max(0, min(blocks.upperBound, n / 32 * 2) - blocks.lowerBound)
    }

    private func runPiece(
        _ job: ProductJob, _ weights: BFloat16Weights, rows: Range<Int>, blocks: Range<Int>,
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        guard !rows.isEmpty, !blocks.isEmpty else { return }
        let halves = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UInt16.self)
        ck_bf16_from_rows(job.a + rows.lowerBound * k, k, rows.count, halves)
        let at = rows.lowerBound * n + blocks.lowerBound * 16
        let placed = placed(blocks)
        var tap = 0
        withUnsafePointer(to: &tap) { offset in
            var run = ck_bf16_block_conv()
            (run.x, run.taps, run.tap_count) = (UnsafePointer(halves), offset, 1)
            (run.channels, run.lanes, run.channel_step) = (k, 16, rows.count * 16)
            (run.rows, run.width, run.row_step) = (1, rows.count, rows.count * 16)
            run.finish = job.finish
            if placed > 0 {
                run.weights = weights.panels(group: 0, block: blocks.lowerBound)
                run.bias = weights.bias(group: 0, block: blocks.lowerBound)
                run.residual = job.residual.map { UnsafeRawPointer($0 + at) }
                run.y = UnsafeMutableRawPointer(job.y + at)
                (run.blocks, run.y_block_step, run.y_pixel_step) = (placed, 16, n)
                ck_bf16_block_conv_run(&run)
            }
            if placed < blocks.count {
                let first = blocks.lowerBound + placed
                let edge = scratch + rows.count * BlockedLayout.blocks(k) * 16
                run.weights = weights.panels(group: 0, block: first)
                run.bias = weights.bias(group: 0, block: first)
                run.residual = nil
                (run.y, run.blocks) = (UnsafeMutableRawPointer(edge), blocks.count - placed)
                (run.y_block_step, run.y_pixel_step) = (rows.count * 16, 16)
                ck_bf16_block_conv_run(&run)
                placeEdge(edge, rows: rows, blocks: first..<blocks.upperBound, job)
            }
        }
    }

    private func placeEdge(
        _ edge: UnsafeMutablePointer<Float>, rows: Range<Int>, blocks: Range<Int>, _ job: ProductJob
    ) {
        for block in blocks {
            ck_f32_block_to_rows(
                edge + (block - blocks.lowerBound) * rows.count * 16, rows.count, min(16, n - block * 16),
                job.y + rows.lowerBound * n + block * 16, n)
        }
    }

    private func runPiece(
        _ job: ProductJob, _ weights: BlockedWeights, rows: Range<Int>, blocks: Range<Int>,
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        guard !rows.isEmpty, !blocks.isEmpty else { return }
        ck_f32_block_from_rows(job.a + rows.lowerBound * k, k, rows.count, scratch)
        let at = rows.lowerBound * n + blocks.lowerBound * 16
        let placed = placed(blocks)
        var tap = 0
        withUnsafePointer(to: &tap) { offset in
            var run = ck_f32_block_conv()
            (run.x, run.taps, run.tap_count) = (UnsafePointer(scratch), offset, 1)
            (run.channels, run.lanes, run.channel_step) = (k, 16, rows.count * 16)
            (run.rows, run.width, run.row_step) = (1, rows.count, rows.count * 16)
            run.finish = job.finish
            if placed > 0 {
                run.weights = weights.panels(group: 0, block: blocks.lowerBound)
                run.bias = weights.bias(group: 0, block: blocks.lowerBound)
                run.residual = job.residual.map { $0 + at }
                (run.y, run.blocks, run.y_block_step, run.y_pixel_step) = (job.y + at, placed, 16, n)
                ck_f32_block_conv_run(&run)
            }
            if placed < blocks.count {
                let first = blocks.lowerBound + placed
                let edge = scratch + rows.count * BlockedLayout.blocks(k) * 16
                run.weights = weights.panels(group: 0, block: first)
                run.bias = weights.bias(group: 0, block: first)
                run.residual = nil
                (run.y, run.blocks) = (edge, blocks.count - placed)
                (run.y_block_step, run.y_pixel_step) = (rows.count * 16, 16)
                ck_f32_block_conv_run(&run)
                placeEdge(edge, rows: rows, blocks: first..<blocks.upperBound, job)
            }
        }
    }
}

private struct ProductJob: @unchecked Sendable {
    let a: UnsafePointer<Float>
    let residual: UnsafePointer<Float>?
    let y: UnsafeMutablePointer<Float>
    let workspace: UnsafeMutableRawPointer?
    let finish: ck_f32_finish
}
