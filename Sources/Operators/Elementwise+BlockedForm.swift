package import Graph
internal import Tensors

extension UnaryOperator: BlockedForm {
    /// Elements stay where they are.
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0]) else { return nil }
        return BlockedNode(op: self, inputs: [.blocked(0)], channels: channels)
    }
}

extension BinaryOperator: BlockedForm {
    /// Values of as many channels broadcast over batch and pixels as before; single elements broadcast over all.
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard alignment == nil, inputs.count == 2 else { return nil }
        let channels = inputs.map(BlockedLayout.channels)
        if let count = channels[0], count == channels[1], isBlocked[0] || isBlocked[1] {
            return BlockedNode(op: self, inputs: [.blocked(0), .blocked(1)], channels: count)
        }
        for (slot, other) in [(0, 1), (1, 0)] {
            guard let count = channels[slot], let single = inputs[other]?.type.fixedShape, single.elementCount == 1,
                single.rank <= 4
            else { continue }
            return BlockedNode(
                op: self, inputs: slot == 0 ? [.blocked(0), .plain(1)] : [.plain(0), .blocked(1)], channels: count)
        }
        return nil
    }
}

extension Clip: BlockedForm {
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0]) else { return nil }
        let bounds = inputs.indices.dropFirst().map { inputs[$0] == nil ? BlockedNode.Input.absent : .plain($0) }
        return BlockedNode(op: self, inputs: [.blocked(0)] + bounds, channels: channels)
    }
}

extension Concat: BlockedForm {
    /// Along channels, when all parts but the last fill their blocks.
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        let type = inputs.first.flatMap { $0?.type.dataType } ?? .float32
        let channels = inputs.compactMap { BlockedLayout.channels($0, of: type == .uint8 ? .uint8 : .float32) }
        guard axis == 1 || axis == -3, channels.count == inputs.count, isBlocked.allSatisfy({ $0 }),
            channels.dropLast().allSatisfy({ $0 % BlockedLayout.lanes == 0 })
        else { return nil }
        var description = node
        description.attributes["axis"] = .int(1)
        return BlockedNode(
            op: try Concat(description), inputs: inputs.indices.map { .blocked($0) }, channels: channels.reduce(0, +))
    }
}
