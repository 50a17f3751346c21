package import CKernels
package import Graph

#if canImport(Glibc)
internal import Glibc
#endif

/// ONNX `Gelu`: x Φ(x), exact or with the tanh approximation.
package struct Gelu: UnaryFunction {
    package static let opType = "Gelu"
    private let usesTanh: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        switch try node.string("approximate") ?? "none" {
        case "none": usesTanh = false
        case "tanh": usesTanh = true
        case let other: throw node.malformed("approximate is '\(other)'")
        }
    }

    package func callAsFunction(_ x: Double) -> Double {
        usesTanh
            ? 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
            : 0.5 * x * (1 + erf(x * 0.5.squareRoot()))
    }

    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (usesTanh ? .geluTanh : .gelu, 0, 0) }
}
