internal import ONNX

extension ONNXNode {
    /// Names that the node reads from the graph it stands in: its inputs and what its subgraphs capture.
    func namesRead() -> Set<String> {
        var names = Set(inputs.filter { !$0.isEmpty })
        for case .graph(let body) in attributes.map(\.value) { names.formUnion(body.namesCaptured()) }
        return names
    }
}

extension ONNXGraph {
    /// Names that the graph's nodes read, or that it gives out, without defining them.
    func namesCaptured() -> Set<String> {
        var names = Set(outputs.map(\.name))
        for node in nodes { names.formUnion(node.namesRead()) }
        names.subtract(inputs.map(\.name))
        names.subtract(initializers.map(\.name))
        for node in nodes { names.subtract(node.outputs) }
        return names
    }
}

/// Orders nodes so that each comes after the makers of what it reads; an order that is right already is kept.
///
/// Kahn's algorithm, ready nodes first in, first out.
/// - Throws: ``GraphError/malformed(node:detail:)`` when two nodes make one name, or nodes wait for each other.
func topologicallySorted(_ nodes: [ScopedNode]) throws(GraphError) -> [ScopedNode] {
    var producer: [String: Int] = [:]
    for (index, scoped) in nodes.enumerated() {
        for name in scoped.node.outputs where !name.isEmpty {
            if producer.updateValue(index, forKey: name) != nil {
                throw .malformed(node: scoped.node.name, detail: "value '\(name)' is made twice")
            }
        }
    }
    var waiting = [Int](repeating: 0, count: nodes.count)
    var readers = [[Int]](repeating: [], count: nodes.count)
    var isSorted = true
    for (index, scoped) in nodes.enumerated() {
        for name in scoped.node.namesRead() {
            guard let source = producer[name] else { continue }
            waiting[index] += 1
            readers[source].append(index)
            if source >= index { isSorted = false }
        }
    }
    if isSorted { return nodes }
    var order = nodes.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < order.count {
        for reader in readers[order[next]] {
            waiting[reader] -= 1
            if waiting[reader] == 0 { order.append(reader) }
        }
        next += 1
    }
    guard order.count == nodes.count else {
        let stuck = waiting.firstIndex { $0 > 0 } ?? 0
        throw .malformed(node: nodes[stuck].node.name, detail: "the node is part of a cycle, or waits for one")
    }
    return order.map { nodes[$0] }
}
