internal import CKernels
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
            if node.precision == .bf16, let operation = Function.kernel,
                let slots = Self.laneSlots(inputs, commutes: operation == .mul || operation == .add)
            {
                return BlockedNode(
                    op: BlockedLaneOperation(node, operation), inputs: [.blocked(slots.x), .blocked(slots.lanes)],
                    channels: count)
            }
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

extension BinaryOperator {
    /// Which input has many pixels and which has one, where that is known.
    private static func laneSlots(_ inputs: [ValueFact?], commutes: Bool) -> (x: Int, lanes: Int)? {
        let shapes = inputs.map { fact in fact?.type.dimensions ?? [] }
        for (x, lanes) in commutes ? [(0, 1), (1, 0)] : [(0, 1)] where shapes[x][0] == shapes[lanes][0] {
            let (wide, single) = (shapes[x][2...], shapes[lanes][2...])
            if single.allSatisfy({ $0.fixedExtent == 1 }), wide.contains(where: { $0.fixedExtent ?? 1 > 1 }) {
                return (x, lanes)
            }
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

extension Concat: HalfStoring {
    package func readsHalf(_ slot: Int) -> Bool { true }
    package var followsInputs: Bool { true }
    package func storingHalf() -> (any Operator)? { self }
}
