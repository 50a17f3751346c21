internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Takes the addition of other levels, then a table, into the quantised operator before it, when nobody else reads
    /// that operator's output. An operator that takes in an addition moves to where the addition stood.
    mutating func fuseLevels() {
        fuseAdditions()
        fuseTables()
    }

    private mutating func fuseAdditions() {
        let consumers = consumers()
        let pinned = pinnedValues()
        var producers = producers()
        var removed: Set<Int> = []
        for (index, node) in nodes.enumerated() {
            guard let add = node.op as? QuantizedAdd, let a = node.inputs[0], let b = node.inputs[1],
                a != b,
                let output = node.outputs[0]
            else { continue }
            // The later of the two: its other summand is there by then.
            let candidates = [(a, b, true), (b, a, false)].sorted {
                (producers[$0.0] ?? -1) > (producers[$1.0] ?? -1)
            }
            for (summand, residual, isLeft) in candidates {
                guard let producer = producers[summand], consumers[summand].count == 1,
                    !pinned.contains(summand),
                    let conv = nodes[producer].op as? QuantizedConv,
                    let fused = conv.fused(with: add, asLeft: isLeft)
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

    private mutating func fuseTables() {
        let consumers = consumers()
        let producers = producers()
        let pinned = pinnedValues()
        var removed: Set<Int> = []
        for (index, node) in nodes.enumerated() {
            guard let table = node.op as? LevelTable, let input = node.inputs[0],
                let output = node.outputs[0],
                consumers[input].count == 1, !pinned.contains(input), let producer = producers[input],
                let fused = (nodes[producer].op as? any LevelTableFusable)?.fused(table: table.table)
            else { continue }
            nodes[producer].op = fused
            nodes[producer].outputs = [output]
            removed.insert(index)
        }
        removeNodes(removed)
    }
}
