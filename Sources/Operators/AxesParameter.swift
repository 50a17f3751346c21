internal import Graph

/// Axes that come as an attribute in older opsets and as an input in newer ones.
struct AxesParameter: Sendable {
    private let fixed: [Int]?
    private let input: Int?

    init(_ node: NodeDescription, key: String = "axes", inputFrom opset: Int, input index: Int = 1) throws(GraphError) {
        if node.opset >= opset {
            try node.require(inputs: index...(index + 1))
            fixed = nil
            input = node.hasInput(index) ? index : nil
        } else {
            try node.require(inputs: index...index)
            fixed = try node.ints(key)
            input = nil
        }
    }

    enum Known {
        case axes([Int])
        case absent
        case atRunTime
    }

    /// What is known of the axes at planning time.
    func known(_ inputs: [ValueFact?], _ node: NodeDescription) throws(GraphError) -> Known {
        if let input {
            guard let values = try node.fact(inputs, input).integers(node) else { return .atRunTime }
            return .axes(values)
        }
        return fixed.map { .axes($0) } ?? .absent
    }

    /// The axes in a run; `nil` when the node gives none.
    func values(_ context: RunContext, _ node: NodeDescription) throws(GraphError) -> [Int]? {
        if let input { return try node.integers(context.input(input)) }
        return fixed
    }
}
