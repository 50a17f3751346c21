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
        var types: [ValueType] = []
        for (a, b) in zip(try thenBranch.outputTypes(given: []), try elseBranch.outputTypes(given: [])) {
            guard let known = a ?? b else { throw node.unsupported("a branch whose outputs have no type") }
            types.append(known.joined(a == nil ? nil : b))
        }
        return types
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
