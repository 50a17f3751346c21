package import Graph
internal import Tensors

extension MaxPool: BlockedForm {
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard kernel.count == 2, !node.hasOutput(1) else { return nil }
        if let channels = BlockedLayout.channels(inputs[0], of: .uint8) {
            return BlockedNode(
                op: QuantizedBlockedMaxPool(sliding, kernel: kernel), inputs: [.blocked(0)], channels: channels)
        }
        guard let channels = BlockedLayout.channels(inputs[0]) else { return nil }
        return BlockedNode(
            op: BlockedPool(sliding, kernel: kernel, kind: .maximum), inputs: [.blocked(0)], channels: channels)
    }
}

extension AveragePool: BlockedForm {
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0]), kernel.count == 2 else { return nil }
        return BlockedNode(
            op: BlockedPool(sliding, kernel: kernel, kind: .average(countsPadding: countsPadding)),
            inputs: [.blocked(0)], channels: channels)
    }
}

extension GlobalAveragePool: BlockedForm {
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0]) else { return nil }
        return BlockedNode(op: try BlockedGlobalAveragePool(node), inputs: [.blocked(0)], channels: channels)
    }
}
