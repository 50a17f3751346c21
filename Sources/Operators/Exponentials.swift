package import CKernels
package import Graph

#if canImport(Glibc)
internal import Glibc
#endif

/// ONNX `Exp`.
package struct Exp: UnaryFunction {
    package static let opType = "Exp"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { exp(x) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.exp, 0, 0) }
}

/// ONNX `Log`.
package struct Log: UnaryFunction {
    package static let opType = "Log"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { log(x) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.log, 0, 0) }
}

/// ONNX `Sqrt`.
package struct Sqrt: UnaryFunction {
    package static let opType = "Sqrt"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { x.squareRoot() }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.sqrt, 0, 0) }
}

/// ONNX `Reciprocal`.
package struct Reciprocal: UnaryFunction {
    package static let opType = "Reciprocal"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { 1 / x }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.reciprocal, 0, 0) }
}

/// ONNX `Erf`.
package struct Erf: UnaryFunction {
    package static let opType = "Erf"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { erf(x) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.erf, 0, 0) }
}
