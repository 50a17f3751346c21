internal import CKernels
package import Graph
internal import Tensors

/// ONNX `Attention`: softmax(Q·Kᵀ·scale + bias)·V for each head, with grouped heads, a cache of keys and values, masks,
/// causal and sliding windows, and a soft cap.
///
/// Q: [B, heads, S, D] or [B, S, heads · D]; K, V alike with kv_num_heads, a divisor of the heads. Outputs: Y like Q;
/// keys and values with what the cache held in front, [B, kv heads, T, D]; the scores or what becomes of them.
/// Float32; 16-bit floats are computed in float32. Each head's rows are products of the packed kernel and one softmax, so
/// that no bit depends on the batch. Vaswani et al., "Attention Is All You Need", 2017.
package struct Attention: Operator {
    package static let opType = "Attention"
    package static let opsets = 23...Int.max
    private let node: NodeDescription
    private let scale: Float?
    private let softcap: Float
    private let heads: Int?
    private let sharedHeads: Int?
    private let bounds: AttentionMask.Bounds
    private let scoreMode: Int

    /// Queries that are worked on at a time.
    private static let rowBlock = 48

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...7, outputs: 1...4)
        self.node = node
        scale = try node.float("scale")
        softcap = try node.float("softcap") ?? 0
        heads = try node.int("q_num_heads")
        sharedHeads = try node.int("kv_num_heads")
        guard heads ?? 1 > 0, sharedHeads ?? 1 > 0 else { throw node.malformed("numbers of heads must be positive") }
        var windows: [Int?] = []
        for key in ["left_window_size", "right_window_size"] {
            let size = try node.int(key) ?? -1
            guard -1...(1 << 40) ~= size else { throw node.malformed("\(key) is \(size)") }
            windows.append(size < 0 ? nil : size)
        }
        bounds = AttentionMask.Bounds(
            isCausal: try node.int("is_causal") ?? 0 != 0, left: windows[0], right: windows[1])
        scoreMode = try node.int("qk_matmul_output_mode") ?? 0
        guard 0...3 ~= scoreMode else { throw node.malformed("qk_matmul_output_mode is \(scoreMode)") }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let q = try node.fact(inputs, 0), k = try node.fact(inputs, 1), v = try node.fact(inputs, 2)
        guard q.dataType == .float32 || q.dataType.isHalf else { throw node.unsupported("elements of \(q.dataType)") }
        let unknown = [Dimension](repeating: .unknown, count: 4)
        var y: [Dimension]?
        var key = unknown, value = unknown, scores = unknown
        if let q = q.dimensions, let k = k.dimensions, let v = v.dimensions {
            guard q.count == k.count, q.count == v.count, q.count == 3 || q.count == 4 else {
                throw node.mismatch("ranks \(q.count), \(k.count) and \(v.count)")
            }
            let past = node.optionalFact(inputs, 4)?.dimensions
            let fresh = k[q.count - 2]
            let total = node.hasInput(4) ? (past.map { sum([$0[min(2, $0.count - 1)], fresh]) } ?? .unknown) : fresh
            if q.count == 4 {
                y = [q[0], q[1], q[2], v[3]]
                key = [k[0], k[1], total, k[3]]
                value = [v[0], v[1], total, v[3]]
                scores = [q[0], q[1], q[2], total]
            } else if let heads, let sharedHeads {
                func part(_ extent: Dimension) -> Dimension {
                    extent.fixedExtent.map { .fixed($0 / sharedHeads) } ?? .unknown
                }
                let width = part(v[2])
                y = [q[0], q[1], product([width, .fixed(heads)])]
                key = [k[0], .fixed(sharedHeads), total, part(k[2])]
                value = [v[0], .fixed(sharedHeads), total, width]
                scores = [q[0], .fixed(heads), q[1], total]
            }
        }
        let all = [y, key, value, scores].map { ValueType(q.dataType, $0) }
        return Array(all[..<node.hasOutput.count])
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let type = context.input(0).dataType
        if type.isHalf { return try runWidened(context, type, node: node) }
        let q = try HeadedRows(context.input(0), heads: heads, node)
        var k = try HeadedRows(context.input(1), heads: sharedHeads, node)
        var v = try HeadedRows(context.input(2), heads: sharedHeads, node)
        let past = context.optionalInput(4)
        if past != nil || node.hasOutput(1) || node.hasOutput(2) {
            k = try k.appended(to: past, context, output: 1, node)
            v = try v.appended(to: context.optionalInput(5), context, output: 2, node)
        }
        guard q.batch == k.batch, q.batch == v.batch, k.heads == v.heads, k.rows == v.rows, q.width == k.width,
            k.heads > 0, q.heads % k.heads == 0
        else { throw node.mismatch("q \(context.input(0)), k \(context.input(1)), v \(context.input(2))") }
        let keys = k.rows
        let mask = try AttentionMask(
            context.optionalInput(3),
            AttentionMask.Shape(batch: q.batch, heads: q.heads, queries: q.rows, keys: keys), bounds: bounds,
            past: past?.shape[2], lengths: context.optionalInput(6), node)
        let yShape =
            context.input(0).shape.rank == 4
            ? [q.batch, q.heads, q.rows, v.width] : [q.batch, q.rows, try node.product(q.heads, v.width)]
        let y = context.output(0, .float32, try node.shape(yShape))
        let target = try HeadedRows(y, heads: q.heads, node)
        let scores =
            node.hasOutput(3)
            ? context.output(3, .float32, try node.shape([q.batch, q.heads, q.rows, keys])) : nil
        guard y.elementCount > 0 || scores != nil else { return }
        let job = HeadJob(
            q: q, k: k, v: v, y: target, scores: scores, mask: mask,
            scale: scale ?? 1 / Float(max(q.width, 1)).squareRoot(), softcap: softcap, scoreMode: scoreMode)
        let sizes = job.scratchSizes(rowBlock: Self.rowBlock)
        let pieces = q.batch * q.heads
        let threads =
            q.rows * keys * (q.width + v.width) * pieces < 1 << 17 ? 1 : min(context.parallelism.width, pieces)
        let scratch = try context.scratch(byteCount: sizes.reduce(0, +) * max(threads, 1), node)
        context.parallelism.run(count: threads) { thread in
            let place = scratch.base + thread * sizes.reduce(0, +)
            for piece in pieces * thread / threads..<pieces * (thread + 1) / threads {
                job.run(batch: piece / q.heads, head: piece % q.heads, rowBlock: Self.rowBlock, sizes, place)
            }
        }
    }
}

/// Rows of heads, [batch, heads, rows, width], in memory as they are or with the heads side by side in each row.
private struct HeadedRows: Sendable {
    let tensor: Tensor
    let batch, heads, rows, width: Int
    /// Steps between batches, heads and rows.
    let batchStride, headStride, rowStride: Int

    init(_ tensor: Tensor, heads: Int?, _ node: NodeDescription) throws(GraphError) {
        guard tensor.dataType == .float32 else { throw node.mismatch("an input of \(tensor.dataType)") }
        self.tensor = tensor
        let shape = tensor.shape
        if shape.rank == 4 {
            (batch, self.heads, rows, width) = (shape[0], shape[1], shape[2], shape[3])
            (batchStride, headStride, rowStride) = (shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3])
        } else {
            guard shape.rank == 3, let heads, shape[2] % heads == 0 else {
                throw node.mismatch("an input of \(shape) with \(heads.map(String.init) ?? "no number of") heads")
            }
            (batch, self.heads, rows, width) = (shape[0], heads, shape[1], shape[2] / heads)
            (batchStride, headStride, rowStride) = (shape[1] * shape[2], shape[2] / heads, shape[2])
        }
    }

    func pointer(batch: Int, head: Int) -> UnsafeMutablePointer<Float> {
        tensor.pointer(Float.self) + batch * batchStride + head * headStride
    }

    /// These rows after those of a cache, as an output of the node.
    func appended(
        to past: Tensor?, _ context: RunContext, output: Int, _ node: NodeDescription
    ) throws(GraphError) -> HeadedRows {
        let before = past?.shape[min(2, (past?.shape.rank ?? 1) - 1)] ?? 0
        if let past, past.dataType != .float32 || past.shape != [batch, heads, before, width] {
            throw node.mismatch("a cache of \(past) for [\(batch),\(heads),\(rows),\(width)]")
        }
        let shape = try node.shape([batch, heads, try node.sum(before, rows), width])
        let joined =
            node.hasOutput(output)
            ? context.output(output, .float32, shape) : Tensor(dataType: .float32, shape: shape, zeroed: false)
        for index in 0..<batch * heads {
            let target = joined.pointer(Float.self) + index * (before + rows) * width
            if let past {
                target.update(from: past.pointer(Float.self) + index * before * width, count: before * width)
            }
            let source = pointer(batch: index / heads, head: index % heads)
            for row in 0..<rows {
                (target + (before + row) * width).update(from: source + row * rowStride, count: width)
            }
        }
        return try HeadedRows(joined, heads: nil, node)
    }
}

/// The attention of one head at a time.
private struct HeadJob: @unchecked Sendable {
    let q, k, v, y: HeadedRows
    let scores: Tensor?
    let mask: AttentionMask
    let scale: Float
    let softcap: Float
    let scoreMode: Int

    /// Bytes of the packed keys, the packed values, a block of scores, and the packed left operands.
    func scratchSizes(rowBlock: Int) -> [Int] {
        let left = max(
            PackedRight.leftByteCount(rows: rowBlock, k: q.width), PackedRight.leftByteCount(rows: rowBlock, k: k.rows))
        return [
            PackedRight.byteCount(k: q.width, n: k.rows), PackedRight.byteCount(k: k.rows, n: v.width),
            (rowBlock * k.rows * 4 + 63) & ~63, left,
        ]
    }

    func run(batch: Int, head: Int, rowBlock: Int, _ sizes: [Int], _ scratch: UnsafeMutableRawPointer) {
        let shared = head / (q.heads / k.heads)
        let keys = PackedRight(
            k.pointer(batch: batch, head: shared), stride: k.rowStride, k: q.width, n: k.rows, isTransposed: true,
            in: scratch)
        let values = PackedRight(
            v.pointer(batch: batch, head: shared), stride: v.rowStride, k: k.rows, n: v.width, isTransposed: false,
            in: scratch + sizes[0])
        let block = (scratch + sizes[0] + sizes[1]).assumingMemoryBound(to: Float.self)
        let room = scratch + sizes[0] + sizes[1] + sizes[2]
        for first in stride(from: 0, to: q.rows, by: rowBlock) {
            let count = min(rowBlock, q.rows - first)
            keys.multiply(
                PackedRight.Left(
                    elements: q.pointer(batch: batch, head: head) + first * q.rowStride, stride: q.rowStride),
                rows: count, to: block, stride: k.rows, scratch: room)
            for row in 0..<count { weigh(block + row * k.rows, batch, head, first + row) }
            values.multiply(
                PackedRight.Left(elements: block, stride: k.rows), rows: count,
                to: y.pointer(batch: batch, head: head) + first * y.rowStride, stride: y.rowStride, scratch: room)
        }
    }

    /// From the products of one query with all keys to the weights of the values.
    private func weigh(_ row: UnsafeMutablePointer<Float>, _ batch: Int, _ head: Int, _ query: Int) {
        let count = k.rows
        ck_f32_map(.scale, row, row, count, scale, 0)
        let target = scores.map { $0.pointer(Float.self) + ((batch * q.heads + head) * q.rows + query) * count }
        if scoreMode == 0 { target?.update(from: row, count: count) }
        if softcap > 0 {
            ck_f32_map(.scale, row, row, count, 1 / softcap, 0)
            ck_f32_map(.tanh, row, row, count, 0, 0)
            ck_f32_map(.scale, row, row, count, softcap, 0)
        }
        if scoreMode == 1 { target?.update(from: row, count: count) }
        let isAnyLeft = mask.add(to: row, batch: batch, head: head, query: query)
        if scoreMode == 2 { target?.update(from: row, count: count) }
        if isAnyLeft {
            softmax(row, row, count, largest: ck_f32_reduce(.max, row, count, 0))
        } else {
            row.update(repeating: 0, count: count)
        }
        if scoreMode == 3 { target?.update(from: row, count: count) }
    }
}
