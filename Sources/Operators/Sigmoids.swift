package import CKernels
package import Graph

#if canImport(Glibc)
internal import Glibc
#endif

/// ONNX `Sigmoid`.
package struct Sigmoid: UnaryFunction {
    package static let opType = "Sigmoid"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.sigmoid, 0, 0) }
}

/// ONNX `HardSigmoid`.
package struct HardSigmoid: UnaryFunction {
    package static let opType = "HardSigmoid"
    private let alpha: Float
    private let beta: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        alpha = try node.float("alpha") ?? 0.2
        beta = try node.float("beta") ?? 0.5
    }

    package func callAsFunction(_ x: Double) -> Double { min(max(Double(alpha) * x + Double(beta), 0), 1) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.hardSigmoid, alpha, beta) }
}

/// ONNX `HardSwish`.
package struct HardSwish: UnaryFunction {
    package static let opType = "HardSwish"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { x * min(max(x / 6 + 0.5, 0), 1) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.hardSwish, 0, 0) }
}

/// ONNX `Swish`: x sigmoid(alpha x).
package struct Swish: UnaryFunction {
    package static let opType = "Swish"
    private let alpha: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        alpha = try node.float("alpha") ?? 1
    }

    package func callAsFunction(_ x: Double) -> Double { x / (1 + exp(-Double(alpha) * x)) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.silu, alpha, 0) }
}

/// ONNX `Mish`.
package struct Mish: UnaryFunction {
    package static let opType = "Mish"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { x * tanh(max(x, 0) + log1p(exp(-x.magnitude))) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.mish, 0, 0) }
}
