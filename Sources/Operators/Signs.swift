package import CKernels
package import Graph

/// ONNX `Abs`.
package struct Abs: UnaryFunction {
    package static let opType = "Abs"
    package static let takesIntegers = true
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { x.magnitude }
    package func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { x < 0 ? 0 &- x : x }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.abs, 0, 0) }
}

/// ONNX `Neg`.
package struct Neg: UnaryFunction {
    package static let opType = "Neg"
    package static let takesIntegers = true
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { -x }
    package func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { 0 &- x }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.neg, 0, 0) }
}

/// ONNX `Sign`.
package struct Sign: UnaryFunction {
    package static let opType = "Sign"
    package static let takesIntegers = true
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : x }
    package func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { x.signum() }
}
