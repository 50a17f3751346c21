internal import Graph
internal import Tensors

extension ValueType {
    /// What holds for both of two values; they have the same element type.
    func joined(_ other: ValueType?) -> ValueType {
        guard let mine = dimensions, let theirs = other?.dimensions, mine.count == theirs.count else {
            return ValueType(dataType, nil)
        }
        return ValueType(dataType, zip(mine, theirs).map { $0 == $1 ? $0 : .unknown })
    }
}

extension Operator {
    /// The types of all outputs, for callers that know nothing of the graph around the operator.
    func allOutputTypes(_ inputs: [ValueFact?], _ node: NodeDescription) throws(GraphError) -> [ValueType] {
        var types: [ValueType] = []
        for type in try outputTypes(inputs, outer: { _ in nil }) {
            guard let type else { throw node.unsupported("a body whose outputs have no type") }
            types.append(type)
        }
        return types
    }
}

extension NodeDescription {
    /// A required body.
    func body(_ key: String, inputs: ClosedRange<Int>) throws(GraphError) -> Graph {
        guard let graph = try graph(key) else { throw malformed("attribute '\(key)' is missing") }
        guard inputs.contains(graph.inputs.count) else {
            throw malformed("body '\(key)' of \(graph.inputs.count) inputs")
        }
        return graph
    }
}

extension Graph {
    /// What is known of the outputs of a body whose inputs have these types; a `nil` input stays as declared.
    func outputTypes(
        given types: [ValueType?], outer: (String) -> ValueType?
    ) throws(GraphError) -> [ValueType?] {
        var body = self
        for (input, type) in zip(inputs, types) {
            if let type { body.values[input].type = type }
        }
        try body.inferTypes(folding: nil, outer: outer)
        return body.outputs.map { body.values[$0].type }
    }
}

extension RunContext {
    /// Runs a body with the hook that the session sets.
    func runBody(_ body: Graph, _ inputs: [Tensor], _ node: NodeDescription) throws(GraphError) -> [Tensor] {
        guard let runSubgraph else { throw node.unsupported("a body outside of a session") }
        return try runSubgraph(body, inputs)
    }
}
