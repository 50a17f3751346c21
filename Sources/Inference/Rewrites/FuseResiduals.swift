internal import Graph
internal import Operators

extension Graph {
    /// Takes the addition of a residual into the operator that makes the other summand, when nobody else reads that and
    /// both have the output's shape. The operator moves to where the addition stood.
    mutating func fuseResiduals() {
        let consumers = consumers()
        let pinned = pinnedValues()
        var producers = producers()
        var removed: Set<Int> = []
        for (index, node) in nodes.enumerated() {
            guard node.description.op == "Add", node.description.domain.isEmpty, node.inputs.count == 2,
                let a = node.inputs[0], let b = node.inputs[1], a != b, let output = node.outputs.first ?? nil,
                let type = values[output].type, values[a].type == type, values[b].type == type
            else { continue }
            // The later of the two: its other summand is there by then.
            let candidates = [(a, b), (b, a)].sorted { (producers[$0.0] ?? -1) > (producers[$1.0] ?? -1) }
            for (summand, residual) in candidates {
                guard let producer = producers[summand], consumers[summand].count == 1, !pinned.contains(summand),
                    let fused = (nodes[producer].op as? any ResidualFusable)?.fusedWithResidual()
                else { continue }
                var joined = nodes[producer]
                joined.op = fused
                joined.inputs.append(residual)
                joined.description.hasInput = joined.inputs.map { $0 != nil }
                joined.outputs = [output]
                nodes[index] = joined
                producers[output] = index
                removed.insert(producer)
                break
            }
        }
        removeNodes(removed)
    }
}
