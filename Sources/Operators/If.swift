package import Graph
internal import Tensors

/// ONNX `If`: runs one of two bodies by a bool scalar; its outputs are the node's.
package struct If: Operator {
    package static let opType = "If"
    private let node: NodeDescription
    private let thenBranch: Graph
    private let elseBranch: Graph

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1, outputs: 1...Int.max)
        self.node = node
        thenBranch = try node.body("then_branch", inputs: 0...0)
        elseBranch = try node.body("else_branch", inputs: 0...0)
        guard thenBranch.outputs.count == node.hasOutput.count, elseBranch.outputs.count == node.hasOutput.count else {
            throw node.malformed("branches of \(thenBranch.outputs.count) and \(elseBranch.outputs.count) outputs")
        }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        try allOutputTypes(inputs, node)
    }

    package func outputTypes(
        _ inputs: [ValueFact?], outer: (String) -> ValueType?
    ) throws(GraphError) -> [ValueType?] {
        let (a, b) = (
            try thenBranch.outputTypes(given: [], outer: outer), try elseBranch.outputTypes(given: [], outer: outer)
        )
        return zip(a, b).map { a, b in (a ?? b)?.joined(a == nil ? nil : b) }
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let condition = context.input(0)
        guard condition.dataType == .bool, condition.elementCount == 1 else {
            throw node.mismatch("a condition of \(condition)")
        }
        let isTrue = condition.pointer(UInt8.self)[0] != 0
        let outputs = try context.runBody(isTrue ? thenBranch : elseBranch, [], node)
        for (index, tensor) in outputs.enumerated() where node.hasOutput(index) { context.setOutput(index, tensor) }
    }
}
