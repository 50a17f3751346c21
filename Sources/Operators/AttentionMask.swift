internal import Graph
internal import Tensors

/// What is added to the scores of an attention before its softmax: a mask, the causal frontier, a sliding window, and the
/// end of what is not padding. A key that any of them rules out counts −∞.
struct AttentionMask: Sendable {
    /// Float32 or bool, broadcast to [batch, heads, queries, keys]; keys beyond its last count as ruled out.
    private let mask: Tensor?
    private let strides: [Int]
    /// Keys that the mask tells of.
    private let maskKeys: Int
    /// The causal frontier: query i sees keys up to i + offset.
    private let isCausal: Bool
    private let left: Int?
    private let right: Int?
    /// For each batch, keys that precede the first query.
    private let offsets: [Int]
    /// For each batch, keys that are not padding.
    private let lengths: [Int]?
    private let keys: Int

    struct Shape {
        var batch, heads, queries, keys: Int
    }

    struct Bounds {
        var isCausal: Bool
        var left: Int?
        var right: Int?
    }

    init(
        _ mask: Tensor?, _ shape: Shape, bounds: Bounds, past: Int?, lengths: Tensor?, _ node: NodeDescription
    ) throws(GraphError) {
        self.mask = mask
        keys = shape.keys
        isCausal = bounds.isCausal
        left = bounds.left
        right = bounds.right
        if let lengths {
            let found = try node.integers(lengths)
            guard found.count == shape.batch, found.allSatisfy({ 0...shape.keys ~= $0 }) else {
                throw node.mismatch("nonpad_kv_seqlen of \(lengths) for a batch of \(shape.batch), \(shape.keys) keys")
            }
            self.lengths = found
            offsets = found.map { $0 - shape.queries }
        } else {
            self.lengths = nil
            offsets = [Int](repeating: past ?? 0, count: shape.batch)
        }
        guard let mask else {
            (strides, maskKeys) = ([], 0)
            return
        }
        guard mask.dataType == .bool || mask.dataType == .float32 else {
            throw node.mismatch("a mask of type \(mask.dataType)")
        }
        let own = [Int](repeating: 1, count: max(0, 4 - mask.shape.rank)) + mask.shape.dimensions
        let full = [shape.batch, shape.heads, shape.queries]
        guard own.count == 4, zip(own, full).allSatisfy({ $0 == $1 || $0 == 1 }), own[3] <= shape.keys else {
            throw node.mismatch("a mask of \(mask.shape) for \(full + [shape.keys])")
        }
        let dense = Tensors.Shape(own).strides
        strides = zip(own, dense).map { $0 == 1 ? 0 : $1 }
        maskKeys = own[3]
    }

    /// Adds to the scores of one query: [keys].
    ///
    /// - Returns: whether any key is left.
    func add(to scores: UnsafeMutablePointer<Float>, batch: Int, head: Int, query: Int) -> Bool {
        let position = query + offsets[batch]
        var low = 0, high = keys
        if isCausal { high = min(high, position + 1) }
        if let left { low = max(low, position - left) }
        if let right { high = min(high, position + right + 1) }
        if let lengths { high = min(high, lengths[batch]) }
        low = min(low, keys)
        high = max(high, low)
        var isAnyLeft = mask == nil && high > low
        for key in 0..<low { scores[key] = -.infinity }
        for key in high..<keys { scores[key] = -.infinity }
        guard let mask else { return isAnyLeft }
        let start = batch * strides[0] + head * strides[1] + query * strides[2]
        for key in low..<high {
            var bias = -Float.infinity
            if key < maskKeys {
                let at = start + key * strides[3]
                bias = mask.dataType == .bool ? (mask.pointer(UInt8.self)[at] != 0 ? 0 : bias) : mask.pointer()[at]
            }
            if bias > -.infinity {
                isAnyLeft = true
                scores[key] += bias
            } else {
                // Also what is NaN: nothing comes of a key that is ruled out.
                scores[key] = bias.isNaN ? .nan : -.infinity
                if bias.isNaN { isAnyLeft = true }
            }
        }
        return isAnyLeft
    }
}
