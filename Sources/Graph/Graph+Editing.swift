extension Graph.Node {
    /// Graphs that the node runs: bodies of If, Loop and Scan.
    package var subgraphs: [Graph] {
        description.attributes.values.compactMap { if case .graph(let graph) = $0 { graph } else { nil } }
    }

    /// Names of values of the enclosing graph that the node's subgraphs read besides its inputs.
    package var capturedNames: [String] {
        subgraphs.flatMap { $0.captures.map(\.outerName) }
    }
}

extension Graph {
    /// For each value the nodes that read it, once per reading input.
    package func consumers() -> [[Int]] {
        var consumers = [[Int]](repeating: [], count: values.count)
        for (index, node) in nodes.enumerated() {
            for case let input? in node.inputs { consumers[input].append(index) }
        }
        return consumers
    }

    /// For each value the node that makes it; `nil` for inputs, constants and captures.
    package func producers() -> [Int?] {
        var producers = [Int?](repeating: nil, count: values.count)
        for (index, node) in nodes.enumerated() {
            for case let output? in node.outputs { producers[output] = index }
        }
        return producers
    }

    /// Values that something beside the nodes' inputs refers to, the graph's outputs and captured values: a rewrite
    /// keeps them as they are.
    package func pinnedValues() -> Set<Int> {
        var pinned = Set(outputs)
        let captured = Set(nodes.flatMap(\.capturedNames))
        if !captured.isEmpty {
            for (index, value) in values.enumerated() where captured.contains(value.name) { pinned.insert(index) }
        }
        return pinned
    }

    package mutating func replaceUses(of value: Int, with replacement: Int) {
        for node in nodes.indices {
            for slot in nodes[node].inputs.indices where nodes[node].inputs[slot] == value {
                nodes[node].inputs[slot] = replacement
            }
        }
    }

    package mutating func removeNodes(_ indices: Set<Int>) {
        guard !indices.isEmpty else { return }
        nodes = nodes.enumerated().filter { !indices.contains($0.offset) }.map(\.element)
    }
}
