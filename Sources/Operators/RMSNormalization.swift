internal import CKernels
package import Graph
internal import Tensors

/// ONNX `RMSNormalization`: x / √(mean(x²) + ε) · scale, with the mean over the axes from `axis` on.
///
/// Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
package struct RMSNormalization: Operator {
    package static let opType = "RMSNormalization"
    package static let opsets = 23...Int.max
    private let node: NodeDescription
    private let axis: Int
    private let epsilon: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        axis = try node.int("axis") ?? -1
        epsilon = try node.float("epsilon") ?? 1e-5
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0)
        guard x.dataType.isFloatingPoint else { throw node.mismatch("does not take \(x.dataType)") }
        if let rank = x.type.rank { _ = try node.axis(axis, rank: rank) }
        return [ValueType(try node.fact(inputs, 1).dataType, x.dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let scale = context.input(1)
        guard context.input(0).dataType == scale.dataType, !scale.dataType.isHalf else {
            // Mixed types, and halves, are computed in the wider type.
            let wide = [context.input(0), scale].contains { $0.dataType == .float64 } ? DataType.float64 : .float32
            let inner = RunContext(
                inputs: [
                    try context.input(0).converted(to: wide, node: node), try scale.converted(to: wide, node: node),
                ], outputs: [nil], parallelism: context.parallelism)
            try run(inner)
            if let y = inner.outputs[0] { context.setOutput(0, try y.converted(to: scale.dataType, node: node)) }
            return
        }
        let x = context.input(0)
        let axis = try node.axis(axis, rank: x.shape.rank)
        let rows = x.shape.dimensions[..<axis].reduce(1, *), count = x.shape.dimensions[axis...].reduce(1, *)
        let y = context.output(0, x.dataType, x.shape)
        guard y.elementCount > 0 else { return }
        guard try node.broadcast(shapes: [x.shape, scale.shape]) == x.shape else {
            throw node.mismatch("a scale of \(scale.shape) for \(x.shape)")
        }
        if x.dataType == .float32 {
            let epsilon = epsilon
            context.spread(rows, cost: 4 * count) { range in
                for row in range {
                    let source = x.pointer(Float.self) + row * count
                    let mean = ck_f32_reduce(.sumSquare, source, count, 0) / Float(count)
                    let factor = 1 / (mean + epsilon).squareRoot()
                    ck_f32_map(.scale, source, y.pointer(Float.self) + row * count, count, factor, 0)
                }
            }
        } else {
            let source = x.pointer(Double.self), target = y.pointer(Double.self)
            for row in 0..<rows {
                var sum = 0.0
                for i in 0..<count { sum += source[row * count + i] * source[row * count + i] }
                let factor = 1 / (sum / Double(count) + Double(epsilon)).squareRoot()
                for i in 0..<count { target[row * count + i] = source[row * count + i] * factor }
            }
        }
        let scaled = RunContext(inputs: [], outputs: [y], parallelism: context.parallelism)
        try applyBinary(Mul(node), y, scale, scaled, node)
    }
}
