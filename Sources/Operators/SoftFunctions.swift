package import CKernels
package import Graph

#if canImport(Glibc)
internal import Glibc
#endif

/// ONNX `Softplus`: ln(1 + e^x).
package struct Softplus: UnaryFunction {
    package static let opType = "Softplus"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { max(x, 0) + log1p(exp(-x.magnitude)) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.softplus, 0, 0) }
}

/// ONNX `Softsign`.
package struct Softsign: UnaryFunction {
    package static let opType = "Softsign"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { x / (1 + x.magnitude) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.softsign, 0, 0) }
}

/// ONNX `Shrink`: soft or hard shrinkage towards 0.
package struct Shrink: UnaryFunction {
    package static let opType = "Shrink"
    package static let takesIntegers = true
    private let bias: Float
    private let lambd: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        bias = try node.float("bias") ?? 0
        lambd = try node.float("lambd") ?? 0.5
    }

    package func callAsFunction(_ x: Double) -> Double {
        x < -Double(lambd) ? x + Double(bias) : x > Double(lambd) ? x - Double(bias) : 0
    }
    package func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { T(clamping: Int(self(Double(x)))) }
}
