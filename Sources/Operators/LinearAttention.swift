internal import CKernels
package import Graph
internal import Tensors

/// ONNX `LinearAttention`: attention as a recurrence over a state [D, E] for each head, S ← decay · S + k ⊗ v, read as
/// scale · qᵀ · S; with the delta rule v is first corrected by what the state holds for k.
///
/// query: [B, T, heads · D], key: [B, T, kv heads · D], value: [B, T, kv heads · E], state: [B, kv heads, D, E];
/// decay in logarithms, for each head or each of its D; beta for each head or for all. The state is float32.
/// Yang et al., "Gated Delta Networks", 2024.
package struct LinearAttention: Operator {
    package static let opType = "LinearAttention"
    package static let opsets = 27...Int.max
    private let node: NodeDescription
    private let heads: Int
    private let sharedHeads: Int
    private let scale: Float
    private let isGated: Bool
    private let isDelta: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...6, outputs: 1...2)
        self.node = node
        guard let heads = try node.int("q_num_heads"), let shared = try node.int("kv_num_heads"), heads > 0, shared > 0,
            heads % shared == 0
        else { throw node.malformed("q_num_heads must be a multiple of kv_num_heads") }
        self.heads = heads
        sharedHeads = shared
        scale = try node.float("scale") ?? 0
        let rule = try node.string("update_rule") ?? "gated_delta"
        guard ["linear", "gated", "delta", "gated_delta"].contains(rule) else {
            throw node.malformed("update_rule is '\(rule)'")
        }
        isGated = rule.hasPrefix("gated")
        isDelta = rule.hasSuffix("delta")
        guard isGated == node.hasInput(4), isDelta == node.hasInput(5) else {
            throw node.malformed("decay or beta does not go with update_rule '\(rule)'")
        }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let q = try node.fact(inputs, 0), v = try node.fact(inputs, 2).dimensions
        guard q.dataType == .float32 || q.dataType.isHalf else { throw node.unsupported("elements of \(q.dataType)") }
        var y: [Dimension]?
        var state = [Dimension](repeating: .unknown, count: 4)
        if let q = q.dimensions, let v, q.count == 3, v.count == 3 {
            let width = v[2].fixedExtent.map { Dimension.fixed($0 / sharedHeads) } ?? .unknown
            y = [q[0], q[1], product([width, .fixed(heads)])]
            state = [
                q[0], .fixed(sharedHeads), q[2].fixedExtent.map { Dimension.fixed($0 / heads) } ?? .unknown, width,
            ]
        }
        let held = node.optionalFact(inputs, 3)?.dataType ?? q.dataType
        let all = [ValueType(q.dataType, y), ValueType(held, state)]
        return Array(all[..<node.hasOutput.count])
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let type = context.input(0).dataType
        let held = context.optionalInput(3)?.dataType ?? type
        var wide: [Tensor?] = []
        for input in context.inputs {
            wide.append(try input.map { input throws(GraphError) in try input.converted(to: .float32, node: node) })
        }
        let (y, state) = try compute(wide, context)
        context.setOutput(0, try y.converted(to: type, node: node))
        if node.hasOutput(1) { context.setOutput(1, try state.converted(to: held, node: node)) }
    }

    private func compute(_ inputs: [Tensor?], _ context: RunContext) throws(GraphError) -> (Tensor, Tensor) {
        guard let q = inputs[0], let k = inputs[1], let v = inputs[2], q.shape.rank == 3, k.shape.rank == 3,
            v.shape.rank == 3, q.shape[2] % heads == 0, v.shape[2] % sharedHeads == 0,
            k.shape[2] == q.shape[2] / heads * sharedHeads, k.shape[0] == q.shape[0], k.shape[1] == q.shape[1],
            v.shape[0] == q.shape[0], v.shape[1] == q.shape[1]
        else { throw node.mismatch("query, key and value do not fit \(heads) and \(sharedHeads) heads") }
        let (batch, steps) = (q.shape[0], q.shape[1])
        let (depth, width) = (q.shape[2] / heads, v.shape[2] / sharedHeads)
        let state = Tensor(dataType: .float32, shape: try node.shape([batch, sharedHeads, depth, width]))
        if let past = inputs.count > 3 ? inputs[3] : nil {
            guard past.shape == state.shape else { throw node.mismatch("a state of \(past.shape)") }
            state.base.copyMemory(from: past.base, byteCount: past.byteCount)
        }
        let decay = inputs.count > 4 ? inputs[4] : nil, beta = inputs.count > 5 ? inputs[5] : nil
        let decayWidth = decay.map { $0.shape.dimensions.last ?? 0 } ?? 0
        let betaWidth = beta.map { $0.shape.dimensions.last ?? 0 } ?? 0
        guard
            decay == nil
                || (decay?.elementCount == batch * steps * decayWidth
                    && (decayWidth == sharedHeads || decayWidth == sharedHeads * depth)),
            beta == nil
                || (beta?.elementCount == batch * steps * betaWidth
                    && (betaWidth == 1 || betaWidth == sharedHeads))
        else { throw node.mismatch("a decay of \(decayWidth) or a beta of \(betaWidth) for \(sharedHeads) heads") }
        let y = Tensor(dataType: .float32, shape: try node.shape([batch, steps, heads * width]), zeroed: false)
        let factor = scale == 0 ? 1 / Float(max(depth, 1)).squareRoot() : scale
        let group = heads / sharedHeads
        context.spread(batch * sharedHeads, cost: steps * depth * width * 3) { pieces in
            var value = [Float](repeating: 0, count: width)
            for piece in pieces {
                let (b, head) = (piece / sharedHeads, piece % sharedHeads)
                let s = state.pointer(Float.self) + piece * depth * width
                for step in 0..<steps {
                    let row = b * steps + step
                    let key = k.pointer(Float.self) + (row * sharedHeads + head) * depth
                    let source = v.pointer(Float.self) + (row * sharedHeads + head) * width
                    for e in 0..<width { value[e] = source[e] }
                    if let decay {
                        for d in 0..<depth {
                            let at = decayWidth == sharedHeads ? head : head * depth + d
                            var gate: Float = 0
                            ck_f32_map(.exp, decay.pointer(Float.self) + row * decayWidth + at, &gate, 1, 0, 0)
                            for e in 0..<width { s[d * width + e] *= gate }
                        }
                    }
                    if let beta {
                        let rate = beta.pointer(Float.self)[row * betaWidth + (betaWidth == 1 ? 0 : head)]
                        for d in 0..<depth {
                            for e in 0..<width { value[e] -= s[d * width + e] * key[d] }
                        }
                        for e in 0..<width { value[e] *= rate }
                    }
                    for d in 0..<depth {
                        for e in 0..<width { s[d * width + e] += key[d] * value[e] }
                    }
                    for query in head * group..<(head + 1) * group {
                        let from = q.pointer(Float.self) + (row * heads + query) * depth
                        let target = y.pointer(Float.self) + (row * heads + query) * width
                        for e in 0..<width { target[e] = 0 }
                        for d in 0..<depth {
                            for e in 0..<width { target[e] += from[d] * s[d * width + e] }
                        }
                        for e in 0..<width { target[e] *= factor }
                    }
                }
            }
        }
        return (y, state)
    }
}
