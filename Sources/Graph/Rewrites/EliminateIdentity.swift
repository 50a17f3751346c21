extension Graph {
    /// Lets the readers of an Identity, or of a Dropout in inference, read its input instead.
    ///
    /// A node whose output is an output of the graph, or captured by a subgraph, stays: its name is needed.
    package mutating func eliminateIdentity() {
        let pinned = pinnedValues()
        var source = [Int](values.indices)
        var removed: Set<Int> = []
        for (index, node) in nodes.enumerated() {
            for slot in node.inputs.indices {
                if let input = node.inputs[slot] { nodes[index].inputs[slot] = source[input] }
            }
            guard isPassThrough(node), let input = nodes[index].inputs.first ?? nil,
                let output = node.outputs.first ?? nil, !pinned.contains(output)
            else { continue }
            source[output] = input
            removed.insert(index)
        }
        removeNodes(removed)
    }

    private func isPassThrough(_ node: Node) -> Bool {
        guard node.description.domain.isEmpty, !node.outputs.dropFirst().contains(where: { $0 != nil }) else {
            return false
        }
        switch node.description.op {
        case "Identity": return true
        case "Dropout":
            // Opset 12 made training an input; before 7 it was an attribute whose default means inference off.
            if node.description.opset < 7, case .int(let isTest) = node.description.attributes["is_test"] ?? .int(0) {
                return isTest != 0
            }
            return !node.description.hasInput(2)
        default: return false
        }
    }
}
