import Graph
import Operators
import Tensors

/// Makes an operator from the standard registry and runs it outside of a session.
struct OperatorFixture {
    let node: NodeDescription
    let op: any Operator

    init(
        _ name: String, opset: Int = 18, _ attributes: [String: Attribute] = [:], inputs: Int, outputs: Int = 1
    ) throws {
        node = NodeDescription(
            name: "node", op: name, opset: opset, attributes: attributes,
            hasInput: Array(repeating: true, count: inputs), hasOutput: Array(repeating: true, count: outputs))
        op = try OperatorRegistry.standard.make(node)
    }

    func run(_ inputs: [Tensor]) throws -> [Tensor] {
        let context = RunContext(inputs: inputs, outputs: Array(repeating: nil, count: node.hasOutput.count))
        try op.run(context)
        return context.outputs.compactMap { $0 }
    }

    func types(_ inputs: [ValueFact]) throws -> [ValueType] { try op.outputTypes(inputs) }
}

extension Tensor {
    init(ints: [Int64]) { self.init(ints, shape: [ints.count]) }
}
