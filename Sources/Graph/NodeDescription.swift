package import Tensors

/// What an operator is made from: the node's identity, its attributes, and which of its inputs and outputs are used.
package struct NodeDescription: Sendable {
    package var name: String
    package var op: String
    /// `""` is the standard domain, `ai.onnx`.
    package var domain: String
    /// The version of `domain` that the model imports.
    package var opset: Int
    package var attributes: [String: Attribute]
    /// Whether each input or output is connected; optional ones may be left out.
    package var hasInput: [Bool]
    package var hasOutput: [Bool]
    /// Set by the registry that makes the operator.
    package var numerics = Numerics.exact
    /// Set by the registry too.
    package var precision = Precision.fp32

    package init(
        name: String, op: String, domain: String = "", opset: Int, attributes: [String: Attribute] = [:],
        hasInput: [Bool], hasOutput: [Bool]
    ) {
        self.name = name
        self.op = op
        self.domain = domain
        self.opset = opset
        self.attributes = attributes
        self.hasInput = hasInput
        self.hasOutput = hasOutput
    }

    package func hasInput(_ index: Int) -> Bool { index < hasInput.count && hasInput[index] }
    package func hasOutput(_ index: Int) -> Bool { index < hasOutput.count && hasOutput[index] }

    package func int(_ key: String) throws(GraphError) -> Int? {
        switch attributes[key] {
        case nil: nil
        case .int(let value): value
        default: throw wrongType(key, "an integer")
        }
    }

    package func float(_ key: String) throws(GraphError) -> Float? {
        switch attributes[key] {
        case nil: nil
        case .float(let value): value
        default: throw wrongType(key, "a float")
        }
    }

    package func string(_ key: String) throws(GraphError) -> String? {
        switch attributes[key] {
        case nil: nil
        case .string(let value): value
        default: throw wrongType(key, "a string")
        }
    }

    package func ints(_ key: String) throws(GraphError) -> [Int]? {
        switch attributes[key] {
        case nil: nil
        case .ints(let values): values
        default: throw wrongType(key, "integers")
        }
    }

    package func floats(_ key: String) throws(GraphError) -> [Float]? {
        switch attributes[key] {
        case nil: nil
        case .floats(let values): values
        default: throw wrongType(key, "floats")
        }
    }

    package func tensor(_ key: String) throws(GraphError) -> Tensor? {
        switch attributes[key] {
        case nil: nil
        case .tensor(let value): value
        default: throw wrongType(key, "a tensor")
        }
    }

    package func graph(_ key: String) throws(GraphError) -> Graph? {
        switch attributes[key] {
        case nil: nil
        case .graph(let value): value
        default: throw wrongType(key, "a graph")
        }
    }

    private func wrongType(_ key: String, _ expected: String) -> GraphError {
        malformed("attribute '\(key)' must be \(expected)")
    }

    package func malformed(_ detail: String) -> GraphError { .malformed(node: name, detail: "\(op): \(detail)") }
    package func unsupported(_ detail: String) -> GraphError { .unsupported(node: name, op: op, detail: detail) }
    package func mismatch(_ detail: String) -> GraphError { .mismatch(node: name, op: op, detail: detail) }
}
