internal import CKernels
package import Graph
package import Tensors

/// softmax(scale · q · kᵀ) · v of each head, without scores, turned or cut copies in memory (tiles of queries after Dao et
/// al., "FlashAttention", 2022, with all keys at once).
///
/// Queries, keys and values are views [B, H, N, D] of the inputs' elements. Output: [B, H, N, D], or [B, N, H · D] when
/// heads are joined. Scores are sums over D in ascending order, weights e^(score − largest), and outputs sums over the keys
/// in ascending order times the reciprocal of the weights' sum. In bf16 operands of both products are rounded.
package struct FusedAttention: MultiplyAddCounting {
    package static let opType = "FusedAttention"
    package static let domain = "fovea"

    private let node: NodeDescription
    private let query, key, value: StridedView
    private let scale: Float
    private let joinsHeads: Bool
    private let heads, queries, keys, depth: Int
    private var isHalf: Bool { node.precision == .bf16 }

    /// Most queries that a piece of work takes: their scores fit a part of the second-level cache.
    private static let scoreFloats = 64 * 1024
    private static let tilePixels = 14

    /// A rewrite makes it from products and a softmax.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a fused attention is not part of a model")
    }

    /// - Parameters:
    ///   - query, key, value: [B, H, N, D], the last axis dense, D a multiple of 16; their bases are inputs 0, 1 and 2.
    /// - Returns: `nil` when the views do not fit.
    package init?(
        _ node: NodeDescription, query: StridedView, key: StridedView, value: StridedView, scale: Float,
        joinsHeads: Bool
    ) {
        let views = [query, key, value]
        guard views.allSatisfy({ $0.axes.count == 4 && $0.axes[3].stride == 1 }),
            views.allSatisfy({ $0.axes[0].extent == query.axes[0].extent && $0.axes[1].extent == query.axes[1].extent }
            ),
            let heads = query.axes[1].extent.fixedExtent, let queries = query.axes[2].extent.fixedExtent,
            let keys = key.axes[2].extent.fixedExtent, value.axes[2].extent == key.axes[2].extent,
            let depth = query.axes[3].extent.fixedExtent, views.allSatisfy({ $0.axes[3].extent == .fixed(depth) }),
            depth > 0, depth % 16 == 0, heads > 0, queries > 0, keys > 0
        else { return nil }
        self.node = node
        (self.query, self.key, self.value) = (query, key, value)
        (self.scale, self.joinsHeads) = (scale, joinsHeads)
        (self.heads, self.queries, self.keys, self.depth) = (heads, queries, keys, depth)
    }

    private func shape(_ batch: Dimension) -> [Dimension] {
        joinsHeads
            ? [batch, .fixed(queries), .fixed(heads * depth)]
            : [batch, .fixed(heads), .fixed(queries), .fixed(depth)]
    }

    /// The batch that the inputs have: fixed when the model was loaded, or the first extent of the queries' base.
    private func batch(_ first: Dimension?) -> Dimension {
        query.axes[0].extent.fixedExtent != nil ? query.axes[0].extent : first ?? .unknown
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard inputs.allSatisfy({ $0?.type.dataType == .float32 }) else { throw node.mismatch("not of float32") }
        return [ValueType(.float32, shape(batch(inputs[0]?.type.dimensions?.first)))]
    }

    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int { 2 * output.elementCount * keys }

    /// Scratch memory of one thread, in floats.
    private struct Layout {
        let rows: Int
        let left, right, values, scores, sums, staging: Int
        let byteCount: Int

        init(rows: Int, keys: Int, depth: Int) {
            self.rows = rows
            let blocks = BlockedLayout.blocks(keys)
            left = 0
            right = left + rows * depth
            values = right + blocks * 16 * depth
            scores = values + (keys + 1) * depth
            // Rounded keys wait here too.
            sums = scores + max(rows * blocks * 16, (keys + 1) / 2 * depth)
            staging = sums + rows
            // Rounded weights or queries of a piece, or a panel of keys on its way into a pair.
            byteCount = ((staging + max(rows * blocks * 8, rows * depth, 16 * depth)) * 4 + 63) & ~63
        }
    }

    private var layout: Layout {
        let most = max(Self.tilePixels, Self.scoreFloats / (BlockedLayout.blocks(keys) * 16))
        let bands = (queries + most - 1) / most
        return Layout(rows: (queries + max(bands, 2) - 1) / max(bands, 2), keys: keys, depth: depth)
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        let (bytes, overflow) = layout.byteCount.multipliedReportingOverflow(by: parallelism)
        return overflow ? .max : bytes
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let views = [query, key, value]
        let tensors = [context.input(0), context.input(1), context.input(2)]
        guard let batch = batch(tensors[0].shape.dimensions.first.map { .fixed($0) }).fixedExtent else { return }
        for (tensor, view) in zip(tensors, views) {
            let reach = zip(view.axes, [batch, 0, 0, 0]).reduce(view.offset) { sum, item in
                sum + (max(1, item.0.extent.fixedExtent ?? item.1) - 1) * item.0.stride
            }
            guard tensor.dataType == .float32, batch == 0 || reach < tensor.elementCount else {
                throw node.mismatch("\(tensor) for the views of the attention")
            }
        }
        let dimensions = shape(.fixed(batch)).compactMap(\.fixedExtent)
        let y = context.output(0, .float32, try SlidingWindow.checkedShape(dimensions, node))
        guard y.elementCount > 0, let workspace = context.workspace.baseAddress else { return }
        let layout = layout
        let bands = (queries + layout.rows - 1) / layout.rows
        let pieces = batch * heads * bands
        let threads = min(context.parallelism.width, pieces)
        let job = Job(
            q: UnsafePointer(tensors[0].pointer(Float.self) + query.offset),
            k: UnsafePointer(tensors[1].pointer(Float.self) + key.offset),
            v: UnsafePointer(tensors[2].pointer(Float.self) + value.offset), y: y.pointer(Float.self),
            workspace: workspace)
        context.parallelism.run(count: threads) { thread in
            let scratch = (job.workspace + thread * layout.byteCount).assumingMemoryBound(to: Float.self)
            var packed = -1
            for piece in pieces * thread / threads..<pieces * (thread + 1) / threads {
                let (head, band) = (piece / bands, piece % bands)
                if head != packed { pack(job, head, scratch, layout) }
                packed = head
                let rows = queries * band / bands..<queries * (band + 1) / bands
                if isHalf {
                    attendHalf(job, head, rows, scratch, layout)
                } else {
                    attend(job, head, rows, scratch, layout)
                }
            }
        }
    }

    private struct Job: @unchecked Sendable {
        let q, k, v: UnsafePointer<Float>
        let y: UnsafeMutablePointer<Float>
        let workspace: UnsafeMutableRawPointer
    }

    private func start(_ view: StridedView, _ head: Int) -> Int {
        head / heads * view.axes[0].stride + head % heads * view.axes[1].stride
    }

    /// Brings a head's keys and values into the order of the products' weights.
    private func pack(_ job: Job, _ head: Int, _ scratch: UnsafeMutablePointer<Float>, _ layout: Layout) {
        let keyRows = job.k + start(key, head)
        let valueRows = job.v + start(value, head)
        let (keyStep, valueStep) = (key.axes[2].stride, value.axes[2].stride)
        let right = scratch + layout.right, values = scratch + layout.values
        guard isHalf else {
            packKeys(keyRows, step: keyStep, words: depth, right, scratch + layout.staging)
            forEachPanel(of: depth) { first, width, place in
                let panel = values + place * keys
                for row in 0..<keys {
                    (panel + row * width).update(from: valueRows + row * valueStep + first, count: width)
                }
            }
            return
        }
        // Two bfloat16 to a word, which moves as a float does. Rounded keys wait where scores will be.
        let rounded = scratch + layout.scores
        for row in 0..<keys {
            ck_bf16_narrow(keyRows + row * keyStep, depth, halves(rounded + row * depth / 2))
        }
        packKeys(UnsafePointer(rounded), step: depth / 2, words: depth / 2, right, scratch + layout.staging)
        let (even, odd) = (halves(rounded), halves(rounded) + depth)
        for row in stride(from: 0, to: keys, by: 2) {
            ck_bf16_narrow(valueRows + row * valueStep, depth, even)
            if row + 1 < keys {
                ck_bf16_narrow(valueRows + (row + 1) * valueStep, depth, odd)
            } else {
                odd.update(repeating: 0, count: depth)
            }
            forEachPanel(of: depth) { first, width, place in
                let target = halves(values) + place * ((keys + 1) / 2) * 2 + row * width
                for column in 0..<width {
                    target[2 * column] = even[first + column]
                    target[2 * column + 1] = odd[first + column]
                }
            }
        }
    }

    private func halves(_ floats: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<UInt16> {
        UnsafeMutableRawPointer(floats).assumingMemoryBound(to: UInt16.self)
    }

    /// Pairs of blocks of 16 columns, the last maybe a single one: first column, columns, and columns before.
    private func forEachPanel(of columns: Int, _ body: (_ first: Int, _ width: Int, _ place: Int) -> Void) {
        let blocks = BlockedLayout.blocks(columns)
        for block in stride(from: 0, to: blocks, by: 2) {
            body(block * 16, block + 1 < blocks ? 32 : 16, block * 16)
        }
    }

    /// Rows of keys to panels [words][32 or 16] of columns.
    private func packKeys(
        _ rows: UnsafePointer<Float>, step: Int, words: Int, _ right: UnsafeMutablePointer<Float>,
        _ staging: UnsafeMutablePointer<Float>
    ) {
        forEachPanel(of: keys) { first, width, place in
            let panel = right + place * words
            if width == 16 {
                return ck_f32_block_from_planes(rows + first * step, step, min(16, keys - first), words, panel)
            }
            for half in 0..<2 {
                let begin = first + half * 16
                ck_f32_block_from_planes(rows + begin * step, step, min(16, keys - begin), words, staging)
                for word in 0..<words {
                    (panel + word * 32 + half * 16).update(from: staging + word * 16, count: 16)
                }
            }
        }
    }

    /// Where the outputs of some queries of a head begin, and the floats between queries.
    private func target(_ job: Job, _ head: Int, _ first: Int) -> (UnsafeMutablePointer<Float>, Int) {
        guard joinsHeads else { return (job.y + (head * queries + first) * depth, depth) }
        let row = head / heads * queries + first
        return (job.y + (row * heads + head % heads) * depth, heads * depth)
    }

    private func attend(
        _ job: Job, _ head: Int, _ rows: Range<Int>, _ scratch: UnsafeMutablePointer<Float>, _ layout: Layout
    ) {
        let left = scratch + layout.left, scores = scratch + layout.scores, sums = scratch + layout.sums
        takeQueries(job, head, rows, left)
        let zeros = [Float](repeating: 0, count: max(BlockedLayout.blocks(keys) * 16, depth))
        let (y, step) = target(job, head, rows.lowerBound)
        var tap = 0
        withUnsafePointer(to: &tap) { offset in
            zeros.withUnsafeBufferPointer { zeros in
                var run = ck_f32_block_conv()
                (run.taps, run.tap_count, run.lanes) = (offset, 1, 16)
                (run.rows, run.width, run.row_step) = (1, rows.count, rows.count * 16)
                (run.channel_step, run.bias) = (rows.count * 16, zeros.baseAddress)
                run.finish = Epilogue.identity.finish(addsLast: false)
                (run.x, run.channels) = (UnsafePointer(left), depth)
                (run.weights, run.blocks) = (UnsafePointer(scratch + layout.right), BlockedLayout.blocks(keys))
                (run.y, run.y_block_step, run.y_pixel_step) = (scores, rows.count * 16, 16)
                ck_f32_block_conv_run(&run)
                ck_f32_attention_weights(scores, keys, rows.count, sums)
                (run.x, run.channels) = (UnsafePointer(scores), keys)
                (run.weights, run.blocks) = (UnsafePointer(scratch + layout.values), depth / 16)
                (run.y, run.y_block_step, run.y_pixel_step) = (y, 16, step)
                ck_f32_block_conv_run(&run)
            }
        }
        ck_f32_attention_divide(y, step, depth, rows.count, sums)
    }

    private func attendHalf(
        _ job: Job, _ head: Int, _ rows: Range<Int>, _ scratch: UnsafeMutablePointer<Float>, _ layout: Layout
    ) {
        let left = scratch + layout.left, scores = scratch + layout.scores, sums = scratch + layout.sums
        takeQueries(job, head, rows, left)
        let blocks = BlockedLayout.blocks(keys)
        let zeros = [Float](repeating: 0, count: max(blocks * 16, depth))
        let (y, step) = target(job, head, rows.lowerBound)
        let staging = halves(scratch + layout.staging)
        ck_bf16_narrow(left, rows.count * depth, staging)
        var tap = 0
        withUnsafePointer(to: &tap) { offset in
            zeros.withUnsafeBufferPointer { zeros in
                var run = ck_bf16_block_conv()
                (run.taps, run.tap_count, run.lanes) = (offset, 1, 16)
                (run.rows, run.width, run.row_step) = (1, rows.count, rows.count * 16)
                (run.channel_step, run.bias) = (rows.count * 16, zeros.baseAddress)
                run.finish = Epilogue.identity.finish(addsLast: false)
                (run.x, run.channels) = (UnsafePointer(staging), depth)
                (run.weights, run.blocks) = (UnsafePointer(halves(scratch + layout.right)), blocks)
                (run.y, run.y_block_step, run.y_pixel_step) = (UnsafeMutableRawPointer(scores), rows.count * 16, 16)
                ck_bf16_block_conv_run(&run)
                ck_f32_attention_weights(scores, keys, rows.count, sums)
                ck_bf16_narrow(scores, rows.count * blocks * 16, staging)
                (run.x, run.channels) = (UnsafePointer(staging), keys)
                (run.weights, run.blocks) = (UnsafePointer(halves(scratch + layout.values)), depth / 16)
                (run.y, run.y_block_step, run.y_pixel_step) = (UnsafeMutableRawPointer(y), 16, step)
                ck_bf16_block_conv_run(&run)
            }
        }
        ck_f32_attention_divide(y, step, depth, rows.count, sums)
    }

    /// Scaled queries in blocks of 16 of the depth.
    private func takeQueries(
        _ job: Job, _ head: Int, _ rows: Range<Int>, _ left: UnsafeMutablePointer<Float>
    ) {
        let source = job.q + start(query, head)
        for block in 0..<depth / 16 {
            for row in rows {
                let lanes = UnsafeRawPointer(source + row * query.axes[2].stride + block * 16)
                    .loadUnaligned(as: SIMD16<Float>.self)
                UnsafeMutableRawPointer(left + (block * rows.count + row - rows.lowerBound) * 16)
                    .storeBytes(of: lanes * scale, as: SIMD16<Float>.self)
            }
        }
    }
}
