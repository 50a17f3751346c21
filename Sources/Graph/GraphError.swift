package import ONNX

/// Why a network cannot be loaded or run. Each case carries the facts a user needs to act.
package enum GraphError: Error, Equatable, Sendable {
    /// No implementation of this operator at this opset.
    case unsupportedOperator(node: String, op: String, domain: String, opset: Int)
    /// The operator exists, but not with these types or attribute values.
    case unsupported(node: String, op: String, detail: String)
    /// The model contradicts ONNX: missing inputs, bad attributes, a cycle, a name used twice.
    case malformed(node: String, detail: String)
    /// Shapes or types that do not fit together.
    case mismatch(node: String, op: String, detail: String)
    /// An input given to a run is missing, or differs from what the model declares.
    case badInput(name: String, expected: String, found: String)
    case limitExceeded(what: String, limit: Int, value: Int)
    /// The model file, or a tensor in it, cannot be read.
    case format(ONNXFormatError)
    case cancelled
}

extension GraphError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unsupportedOperator(let node, let op, let domain, let opset):
            "node '\(node)': operator \(domain.isEmpty ? "" : domain + ".")\(op) is not supported at opset \(opset): "
                + Self.advice(domain)
        case .unsupported(let node, let op, let detail): "node '\(node)' (\(op)): not supported: \(detail)"
        case .malformed(let node, let detail): node.isEmpty ? detail : "node '\(node)': \(detail)"
        case .mismatch(let node, let op, let detail): "node '\(node)' (\(op)): \(detail)"
        case .badInput(let name, let expected, let found): "input '\(name)': expected \(expected), found \(found)"
        case .limitExceeded(let what, let limit, let value): "\(what) is \(value), the limit is \(limit)"
        case .format(let error): error.description
        case .cancelled: "cancelled"
        }
    }

    /// What to do about an operator that is not there.
    private static func advice(_ domain: String) -> String {
        domain.isEmpty
            ? "export the model for another opset of 7 to 28, or without it"
            : "export the model in operators of the domain ai.onnx, or give it a body as a model-local function"
    }
}
