package import Graph

#if canImport(Glibc)
internal import Glibc
#endif

/// ONNX `Sin`.
package struct Sin: UnaryFunction {
    package static let opType = "Sin"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { sin(x) }
}

/// ONNX `Cos`.
package struct Cos: UnaryFunction {
    package static let opType = "Cos"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { cos(x) }
}

/// ONNX `Tan`.
package struct Tan: UnaryFunction {
    package static let opType = "Tan"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { tan(x) }
}

/// ONNX `Asin`.
package struct Asin: UnaryFunction {
    package static let opType = "Asin"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { asin(x) }
}

/// ONNX `Acos`.
package struct Acos: UnaryFunction {
    package static let opType = "Acos"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { acos(x) }
}

/// ONNX `Atan`.
package struct Atan: UnaryFunction {
    package static let opType = "Atan"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { atan(x) }
}
