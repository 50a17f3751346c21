package import CKernels
package import Graph

#if canImport(Glibc)
internal import Glibc
#endif

/// ONNX `Relu`.
package struct Relu: UnaryFunction {
    package static let opType = "Relu"
    package static let takesIntegers = true
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { x < 0 ? 0 : x }
    package func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { x < 0 ? 0 : x }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.relu, 0, 0) }
}

/// ONNX `LeakyRelu`.
package struct LeakyRelu: UnaryFunction {
    package static let opType = "LeakyRelu"
    private let alpha: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        alpha = try node.float("alpha") ?? 0.01
    }

    package func callAsFunction(_ x: Double) -> Double { x < 0 ? Double(alpha) * x : x }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.leakyRelu, alpha, 0) }
}

/// ONNX `ThresholdedRelu`: x above alpha, else 0.
package struct ThresholdedRelu: UnaryFunction {
    package static let opType = "ThresholdedRelu"
    private let alpha: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        alpha = try node.float("alpha") ?? 1
    }

    package func callAsFunction(_ x: Double) -> Double { x > Double(alpha) ? x : 0 }
}

/// ONNX `Elu`.
package struct Elu: UnaryFunction {
    package static let opType = "Elu"
    private let alpha: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        alpha = try node.float("alpha") ?? 1
    }

    package func callAsFunction(_ x: Double) -> Double { x < 0 ? Double(alpha) * expm1(x) : x }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.elu, alpha, 0) }
}

/// ONNX `Selu`.
package struct Selu: UnaryFunction {
    package static let opType = "Selu"
    private let alpha: Float
    private let gamma: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        alpha = try node.float("alpha") ?? 1.67326319217681884765625
        gamma = try node.float("gamma") ?? 1.05070102214813232421875
    }

    package func callAsFunction(_ x: Double) -> Double { Double(gamma) * (x < 0 ? Double(alpha) * expm1(x) : x) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.selu, alpha, gamma) }
}

/// ONNX `Celu`.
package struct Celu: UnaryFunction {
    package static let opType = "Celu"
    private let alpha: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        alpha = try node.float("alpha") ?? 1
    }

    package func callAsFunction(_ x: Double) -> Double { x < 0 ? Double(alpha) * expm1(x / Double(alpha)) : x }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.celu, alpha, 0) }
}
