package import CKernels
package import Graph

#if canImport(Glibc)
internal import Glibc
#endif

/// ONNX `Tanh`.
package struct Tanh: UnaryFunction {
    package static let opType = "Tanh"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { tanh(x) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.tanh, 0, 0) }
}

/// ONNX `Sinh`.
package struct Sinh: UnaryFunction {
    package static let opType = "Sinh"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { sinh(x) }
}

/// ONNX `Cosh`.
package struct Cosh: UnaryFunction {
    package static let opType = "Cosh"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { cosh(x) }
}

/// ONNX `Asinh`.
package struct Asinh: UnaryFunction {
    package static let opType = "Asinh"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { asinh(x) }
}

/// ONNX `Acosh`.
package struct Acosh: UnaryFunction {
    package static let opType = "Acosh"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { acosh(x) }
}

/// ONNX `Atanh`.
package struct Atanh: UnaryFunction {
    package static let opType = "Atanh"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { atanh(x) }
}
