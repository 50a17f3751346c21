internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Stores as bfloat16 each value on blocked layout whose maker can write it so and whose readers all can read it so.
    /// For what products alone read this changes no bit: they round their inputs anyway.
    mutating func storeHalves() {
        let pinned = pinnedValues().union(outputs)
        var makers = [Int?](repeating: nil, count: values.count)
        var chosen: Set<Int> = []
        for (index, node) in nodes.enumerated() {
            guard node.outputs.count == 1, let output = node.outputs[0] else { continue }
            makers[output] = index
            let isBlocked = values[output].type.map { $0.dataType == .float32 && $0.dimensions?.count == 5 } ?? false
            guard isBlocked, !pinned.contains(output), (node.op as? any HalfStoring)?.storingHalf() != nil else {
                continue
            }
            chosen.insert(output)
        }
        for node in nodes {
            for (slot, input) in node.inputs.enumerated() {
                guard let input, chosen.contains(input) else { continue }
                if !((node.op as? any HalfStoring)?.readsHalf(slot) ?? false) { chosen.remove(input) }
            }
        }
        settleFollowers(&chosen)
        for value in chosen {
            guard let maker = makers[value], let op = (nodes[maker].op as? any HalfStoring)?.storingHalf() else {
                continue
            }
            nodes[maker].op = op
            values[value].type = values[value].type?.asHalf
        }
    }

    /// Where elements only move, all or none of a node's values stay chosen.
    private func settleFollowers(_ chosen: inout Set<Int>) {
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for node in nodes where (node.op as? any HalfStoring)?.followsInputs ?? false {
                let moved = Set((node.inputs + node.outputs).compactMap(\.self))
                let kept = moved.intersection(chosen)
                guard !kept.isEmpty, kept.count < moved.count else { continue }
                chosen.subtract(kept)
                hasChanged = true
            }
        }
    }
}
