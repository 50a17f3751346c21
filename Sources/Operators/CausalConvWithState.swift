internal import CKernels
package import Graph
internal import Tensors

/// ONNX `CausalConvWithState`: depthwise convolution along time that sees the past alone, which it carries on.
///
/// x: [B, C, L], weights: [C, 1, K], bias: [C], past and present state: [B, C, K − 1]; `activation` none, silu or swish.
package struct CausalConvWithState: Operator {
    package static let opType = "CausalConvWithState"
    package static let opsets = 27...Int.max
    private let node: NodeDescription
    private let isActivated: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...4, outputs: 1...2)
        self.node = node
        switch try node.string("activation") ?? "none" {
        case "none": isActivated = false
        case "silu", "swish": isActivated = true
        case let other: throw node.malformed("activation is '\(other)'")
        }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0).type
        guard x.dataType == .float32 || x.dataType.isHalf else { throw node.unsupported("elements of \(x.dataType)") }
        var state: [Dimension]?
        if let own = x.dimensions, own.count == 3, let w = try node.fact(inputs, 1).dimensions, w.count == 3 {
            state = [own[0], own[1], w[2].fixedExtent.map { .fixed(max(0, $0 - 1)) } ?? .unknown]
        }
        return Array([x, ValueType(x.dataType, state)][..<node.hasOutput.count])
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), w = context.input(1)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        try node.sameType(x.dataType, w.dataType)
        guard x.shape.rank == 3, w.shape.rank == 3, w.shape[0] == x.shape[1], w.shape[1] == 1, w.shape[2] > 0 else {
            throw node.mismatch("x \(x.shape) with weights \(w.shape)")
        }
        let (batch, channels, length, taps) = (x.shape[0], x.shape[1], x.shape[2], w.shape[2])
        let bias = context.optionalInput(2), past = context.optionalInput(3)
        if let bias, bias.dataType != .float32 || bias.shape != [channels] {
            throw node.mismatch("a bias of \(bias) for \(channels) channels")
        }
        if let past, past.dataType != .float32 || past.shape != [batch, channels, taps - 1] {
            throw node.mismatch("a state of \(past), expected [\(batch),\(channels),\(taps - 1)]")
        }
        let y = context.output(0, .float32, x.shape)
        let state = node.hasOutput(1) ? context.output(1, .float32, [batch, channels, taps - 1]) : nil
        let isActivated = isActivated
        context.spread(batch * channels, cost: length * taps) { rows in
            var padded = [Float](repeating: 0, count: length + taps - 1)
            for row in rows {
                for i in 0..<taps - 1 { padded[i] = past.map { $0.pointer(Float.self)[row * (taps - 1) + i] } ?? 0 }
                for i in 0..<length { padded[taps - 1 + i] = x.pointer(Float.self)[row * length + i] }
                let weights = w.pointer(Float.self) + row % channels * taps
                let target = y.pointer(Float.self) + row * length
                let start = bias.map { $0.pointer(Float.self)[row % channels] } ?? 0
                for i in 0..<length {
                    var sum = start
                    for tap in 0..<taps { sum.addProduct(weights[tap], padded[i + tap]) }
                    target[i] = sum
                }
                if isActivated { ck_f32_map(.silu, target, target, length, 1, 0) }
                if let state {
                    let kept = state.pointer(Float.self) + row * (taps - 1)
                    for i in 0..<taps - 1 { kept[i] = padded[length + i] }
                }
            }
        }
    }
}
