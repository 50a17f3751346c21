/// The operators a graph may use: the value through which Graph reaches the layer above it.
package struct OperatorRegistry: Sendable {
    private var types: [String: [any Operator.Type]] = [:]
    /// What operators are made with.
    package var numerics = Numerics.exact
    package var precision = Precision.fp32

    package init(_ operators: [any Operator.Type] = []) {
        for type in operators { types[Self.key(type.domain, type.opType), default: []].append(type) }
    }

    private static func key(_ domain: String, _ op: String) -> String { "\(domain):\(op)" }

    /// The operator type for a node, or `nil` when none covers its opset.
    package func type(domain: String, op: String, opset: Int) -> (any Operator.Type)? {
        types[Self.key(domain, op)]?.first { $0.opsets.contains(opset) }
    }

    /// - Throws: ``GraphError/unsupportedOperator(node:op:domain:opset:)``, or what the operator's initialiser throws.
    package func make(_ node: NodeDescription) throws(GraphError) -> any Operator {
        guard let type = type(domain: node.domain, op: node.op, opset: node.opset) else {
            throw .unsupportedOperator(node: node.name, op: node.op, domain: node.domain, opset: node.opset)
        }
        var node = node
        node.numerics = numerics
        node.precision = precision
        return try type.init(node)
    }

    /// Names of all operators, sorted, those of other domains with the domain in front.
    package var names: [String] {
        types.values.compactMap { $0.first }
            .map { $0.domain.isEmpty ? $0.opType : "\($0.domain).\($0.opType)" }.sorted()
    }
}
