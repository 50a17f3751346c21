package import CKernels
package import Graph

/// ONNX `Floor`.
package struct Floor: UnaryFunction {
    package static let opType = "Floor"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { x.rounded(.down) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.floor, 0, 0) }
}

/// ONNX `Ceil`.
package struct Ceil: UnaryFunction {
    package static let opType = "Ceil"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { x.rounded(.up) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.ceil, 0, 0) }
}

/// ONNX `Round`: halves go to the even neighbour.
package struct Round: UnaryFunction {
    package static let opType = "Round"
    package init(_ node: NodeDescription) {}
    package func callAsFunction(_ x: Double) -> Double { x.rounded(.toNearestOrEven) }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { (.round, 0, 0) }
}
