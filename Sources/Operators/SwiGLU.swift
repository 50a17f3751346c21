internal import CKernels
package import Graph
internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// ONNX `SwiGLU`: a · sigmoid(alpha · a) · b of two inputs of one shape.
///
/// Shazeer, "GLU Variants Improve Transformer", 2020.
package struct SwiGLU: Operator {
    package static let opType = "SwiGLU"
    package static let opsets = 28...Int.max
    private let node: NodeDescription
    private let alpha: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        alpha = try node.float("alpha") ?? 1
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let a = try node.fact(inputs, 0).type
        try node.sameType(a.dataType, try node.fact(inputs, 1).dataType)
        guard a.dataType.isFloatingPoint else { throw node.mismatch("does not take \(a.dataType)") }
        return [a]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0), b = context.input(1)
        if a.dataType.isHalf { return try runWidened(context, a.dataType, node: node) }
        guard a.dataType == b.dataType, a.shape == b.shape else { throw node.mismatch("\(a) and \(b)") }
        let y = context.output(0, a.dataType, a.shape)
        if a.dataType == .float32 {
            let alpha = alpha
            context.spread(a.elementCount, cost: 6, granularity: 1024) { range in
                let start = range.lowerBound
                let target = y.pointer(Float.self) + start
                ck_f32_map(.silu, a.pointer(Float.self) + start, target, range.count, alpha, 0)
                ck_f32_zip(.mul, target, 1, b.pointer(Float.self) + start, 1, target, range.count)
            }
        } else {
            let first = a.pointer(Double.self), second = b.pointer(Double.self), target = y.pointer(Double.self)
            for i in 0..<a.elementCount {
                target[i] = first[i] / (1 + exp(-Double(alpha) * first[i])) * second[i]
            }
        }
    }
}
