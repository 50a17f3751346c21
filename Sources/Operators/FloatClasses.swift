package import Graph
internal import Tensors

/// ONNX `IsNaN`.
package struct IsNaN: Operator {
    package static let opType = "IsNaN"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [ValueType(.bool, try node.fact(inputs, 0).dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        try classify(context, node) { $0.isNaN }
    }
}

/// ONNX `IsInf`: of either sign, or of those that `detect_negative` and `detect_positive` allow.
package struct IsInf: Operator {
    package static let opType = "IsInf"
    private let node: NodeDescription
    private let negative: Bool
    private let positive: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        negative = try node.int("detect_negative") ?? 1 != 0
        positive = try node.int("detect_positive") ?? 1 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [ValueType(.bool, try node.fact(inputs, 0).dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        try classify(context, node) { $0.isInfinite && ($0 < 0 ? negative : positive) }
    }
}

private func classify(
    _ context: RunContext, _ node: NodeDescription, _ test: (Double) -> Bool
) throws(GraphError) {
    let x = context.input(0)
    guard x.dataType.isFloatingPoint else { throw node.mismatch("does not take \(x.dataType)") }
    let wide = try x.converted(to: .float64, node: node).array(of: Double.self)
    let y = context.output(0, .bool, x.shape).pointer(Bool.self)
    for i in 0..<x.elementCount { y[i] = test(wide[i]) }
}
