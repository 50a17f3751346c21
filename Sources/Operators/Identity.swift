package import Graph

/// ONNX `Identity`: hands its input on.
package struct Identity: Operator {
    package static let opType = "Identity"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [try node.fact(inputs, 0).type]
    }

    package func run(_ context: RunContext) { context.setOutput(0, context.input(0)) }
}
