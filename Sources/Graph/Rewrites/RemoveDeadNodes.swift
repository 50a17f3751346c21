extension Graph {
    /// Drops nodes whose outputs nobody reads, and the elements of constants that no node reads any more.
    package mutating func removeDeadNodes() {
        let captured = Set(nodes.flatMap(\.capturedNames))
        var used = [Bool](repeating: false, count: values.count)
        for output in outputs { used[output] = true }
        for (index, value) in values.enumerated() where captured.contains(value.name) { used[index] = true }
        var dead: Set<Int> = []
        for index in nodes.indices.reversed() {
            if nodes[index].outputs.contains(where: { $0.map { used[$0] } ?? false }) {
                for case let input? in nodes[index].inputs { used[input] = true }
            } else {
                dead.insert(index)
            }
        }
        removeNodes(dead)
        for index in values.indices where !used[index] { values[index].constant = nil }
    }
}
