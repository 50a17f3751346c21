internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Replaces x / √2 → Erf → + 1 → · x → · ½, as exporters write GELU (Hendrycks and Gimpel 2016), by one Gelu.
    mutating func recognizeGelu() throws(GraphError) {
        let consumers = consumers()
        let producers = producers()
        let pinned = pinnedValues()
        var removed: Set<Int> = []
        /// The one reader of a value that nothing else needs.
        func reader(_ value: Int, _ op: String) -> (index: Int, other: Int, output: Int)? {
            guard consumers[value].count == 1, !pinned.contains(value), let index = consumers[value].first,
                nodes[index].description.op == op, nodes[index].description.domain.isEmpty,
                nodes[index].inputs.count == 2, let a = nodes[index].inputs[0], let b = nodes[index].inputs[1],
                let output = nodes[index].outputs.first ?? nil
            else { return nil }
            return (index, a == value ? b : a, output)
        }
        for (index, node) in nodes.enumerated() where node.op is UnaryOperator<Erf> {
            guard let scaled = node.inputs[0], let erf = node.outputs.first ?? nil, let source = producers[scaled],
                consumers[scaled].count == 1, !pinned.contains(scaled), nodes[source].inputs.count == 2,
                nodes[source].description.domain.isEmpty, let x = nodes[source].inputs[0],
                let divisor = nodes[source].inputs[1], values[x].type?.dataType == .float32,
                isScale(nodes[source].description.op, divisor), let plus = reader(erf, "Add"),
                isConstant(plus.other, 1),
                let times = reader(plus.output, "Mul"), times.other == x, let half = reader(times.output, "Mul"),
                isConstant(half.other, 0.5)
            else { continue }
            let description = NodeDescription(
                name: nodes[half.index].description.name, op: "Gelu", opset: 20, hasInput: [true], hasOutput: [true])
            nodes[half.index] = Node(
                description: description, op: try UnaryOperator<Gelu>(description), inputs: [x], outputs: [half.output])
            removed.formUnion([source, index, plus.index, times.index])
        }
        removeNodes(removed)
    }

    private func isScale(_ op: String, _ value: Int) -> Bool {
        op == "Div" && isConstant(value, Float(2).squareRoot())
            || op == "Mul" && isConstant(value, Float(0.5).squareRoot())
    }

    private func isConstant(_ value: Int, _ number: Float) -> Bool {
        guard let constant = values[value].constant, constant.dataType == .float32, constant.elementCount == 1 else {
            return false
        }
        return abs(constant.elements(as: Float.self)[0] - number) <= 1e-6
    }
}
