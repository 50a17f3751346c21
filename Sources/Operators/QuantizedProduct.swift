internal import CKernels
package import Graph
package import Tensors

/// Product of rows of levels with a constant matrix, with bias: MatMul and Gemm of quantised networks, in exact sums of
/// 32 bits, rounded once to levels or left as real numbers. a: uint8 […, K], output: uint8 or float32 […, N].
///
/// Rows are laid out in blocks of 16 columns, a pixel each, for the kernel of the quantised convolutions.
package struct QuantizedProduct: MultiplyAddCounting {
    package static let opType = "QuantizedProduct"
    package static let domain = "fovea"
    private let node: NodeDescription
    private let k, n: Int
    private let weights: QuantizedWeights
    private var finish: LevelFinish

    private static let parallelThreshold = 1 << 21
    /// Bytes of rows that are laid out at a time.
    private static let bandBytes = 128 * 1024

    /// A rewrite makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a product of levels is not part of a model")
    }

    /// - Parameters:
    ///   - matrix: levels [N, K, 1, 1].
    ///   - bias: real numbers, N of them.
    ///   - output: `nil`: the output is real numbers.
    /// - Returns: `nil` when sums might leave 32 bits.
    package init?(
        _ node: NodeDescription, matrix: WeightLevels, bias: [Float]?, input: LevelScale,
        output: LevelScale?
    ) {
        let shape = matrix.levels.shape
        guard shape.rank == 4, matrix.levels.elementCount > 0, matrix.fitsSums,
            matrix.scales.count == shape[0],
            matrix.scales.allSatisfy({ $0.isFinite && $0 > 0 }), bias?.count ?? shape[0] == shape[0]
        else { return nil }
        self.node = node
        (n, k) = (shape[0], shape[1])
        weights = QuantizedWeights(
            matrix, bias: bias, input: input, groups: 1, lanes: BlockedLayout.lanes)
        finish = LevelFinish(
            scales: matrix.scales.map { input.scale * $0 },
            lanes: BlockedLayout.blocks(n) * BlockedLayout.lanes,
            output: output)
    }

    /// The same with levels bounded by those of real numbers.
    package func bounded(low: Float, high: Float) -> QuantizedProduct {
        var bounded = self
        if let output = finish.output {
            (bounded.finish.low, bounded.finish.high) = (output.level(low), output.level(high))
        }
        return bounded
    }

    package var countsWholeNumbers: Bool { true }
    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int { output.elementCount * k }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let a = inputs[0]?.type, a.dataType == .uint8 else {
            throw node.mismatch("a is not of uint8")
        }
        let type: DataType = finish.output == nil ? .float32 : .uint8
        guard let dimensions = a.dimensions else { return [ValueType(type, nil)] }
        guard let last = dimensions.last, last.fixedExtent ?? k == k else {
            throw node.mismatch("\(a) by [\(k),\(n)]")
        }
        return [try SlidingWindow.checkedType(type, dimensions.dropLast() + [.fixed(n)], node)]
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let a = inputs[0]?.fixedShape else { return 0 }
        return scratchBytes(cut(rows: a.elementCount / k, threads: parallelism)) * parallelism
    }

    /// Bands of rows.
    private func cut(rows: Int, threads: Int) -> WorkCut {
        var cut = WorkCut(
            blocks: BlockedLayout.blocks(n), length: rows, wanted: max(28, Self.bandBytes / max(1, k)))
        if isLarge(rows: rows) { cut.share(threads: threads, prefersParts: rows < 28 * threads) }
        return cut
    }

    private func isLarge(rows: Int) -> Bool { rows * n * k >= Self.parallelThreshold }

    /// What a thread needs for its rows in blocks and for a last pair of blocks that the output has no room for.
    private func scratchBytes(_ cut: WorkCut) -> Int { cut.longest * 16 * (BlockedLayout.blocks(k) + 8) + 63 & ~63 }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0)
        guard let last = a.shape.dimensions.last, last == k, a.dataType == .uint8 else {
            throw node.mismatch("\(a) by [\(k),\(n)]")
        }
        let type: DataType = finish.output == nil ? .float32 : .uint8
        let y = context.output(
            0, type, try SlidingWindow.checkedShape(a.shape.dimensions.dropLast() + [n], node))
        guard y.elementCount > 0, let workspace = context.workspace.baseAddress else { return }
        let rows = a.elementCount / k
        let cut = cut(rows: rows, threads: context.parallelism.width)
        let bytes = scratchBytes(cut)
        let job = QuantizedConvJob(
            x: a.pointer(UInt8.self), residual: nil, levels: type == .uint8 ? y.pointer(UInt8.self) : nil,
            reals: type == .uint8 ? nil : y.pointer(Float.self), workspace: workspace)
        cut.run(isLarge(rows: rows) ? context.parallelism : .serial) { thread, piece in
            guard let base = job.workspace else { return }
            runPiece(job, piece, base.assumingMemoryBound(to: UInt8.self) + thread * bytes)
        }
    }

    private func runPiece(
        _ job: QuantizedConvJob, _ piece: WorkCut.Piece, _ scratch: UnsafeMutablePointer<UInt8>
    ) {
        let rows = piece.band
        let count = rows.count
        ck_u8_block_from_rows(job.x + rows.lowerBound * k, k, k, count, scratch)
        let columns = RowBlocks(piece.blocks, columns: n)
        var tap = 0
        withUnsafePointer(to: &tap) { offset in
            var run = ck_u8_block_conv()
            (run.x, run.taps, run.tap_count) = (UnsafePointer(scratch), offset, 1)
            (run.channels, run.lanes, run.channel_step) = (k, 16, count * 16)
            (run.rows, run.width, run.row_step) = (1, count, count * 16)
            if !columns.placed.isEmpty {
                let first = columns.placed.lowerBound
                let at = rows.lowerBound * n + first * 16
                run.weights = weights.panels(group: 0, block: first)
                run.bias = weights.bias(group: 0, block: first)
                run.finish = finish.finish(block: first)
                (run.y, run.y_float) = (job.levels.map { $0 + at }, job.reals.map { $0 + at })
                (run.blocks, run.y_block_step, run.y_pixel_step) = (columns.placed.count, 16, n)
                ck_u8_block_conv_run(&run)
            }
            guard !columns.edge.isEmpty else { return }
            let first = columns.edge.lowerBound
            let edge = scratch + count * BlockedLayout.blocks(k) * 16
            run.weights = weights.panels(group: 0, block: first)
            run.bias = weights.bias(group: 0, block: first)
            run.finish = finish.finish(block: first)
            (run.blocks, run.y_block_step, run.y_pixel_step) = (columns.edge.count, count * 16, 16)
            run.y = job.levels == nil ? nil : edge
            run.y_float =
                job.levels == nil
                ? UnsafeMutableRawPointer(edge).assumingMemoryBound(to: Float.self) : nil
            ck_u8_block_conv_run(&run)
            let width = job.levels == nil ? MemoryLayout<Float>.stride : 1
            let target =
                job.levels.map { UnsafeMutableRawPointer($0) }
                ?? job.reals.map { UnsafeMutableRawPointer($0) }
            guard let target else { return }
            for block in columns.edge {
                for row in 0..<count {
                    (target + ((rows.lowerBound + row) * n + block * 16) * width).copyMemory(
                        from: UnsafeMutableRawPointer(edge) + ((block - first) * count + row) * 16 * width,
                        byteCount: min(16, n - block * 16) * width)
                }
            }
        }
    }
}
