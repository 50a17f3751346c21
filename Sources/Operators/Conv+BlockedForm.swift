package import Graph
internal import Tensors

extension Conv: BlockedForm {
    /// Planes of at most this many channels are read as they are: reordering them would fill few lanes.
    private static let mostPlanes = 15

    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0]), inputs.count >= 2, let weights = inputs[1]?.constant,
            weights.dataType == .float32, weights.shape.rank == 4, weights.elementCount > 0,
            weights.shape[0] % groups == 0, weights.shape[1] * groups == channels,
            sliding.kernel == nil || sliding.kernel == Array(weights.shape.dimensions[2...])
        else { return nil }
        var bias: Tensor?
        if inputs.count > 2, let fact = inputs[2] {
            guard let constant = fact.constant, constant.dataType == .float32, constant.shape == [weights.shape[0]]
            else { return nil }
            bias = constant
        }
        let outputs = weights.shape[0]
        var node = BlockedNode(op: self, inputs: [.blocked(0)], channels: outputs, initiates: true)
        if groups > 1, weights.shape[1] == 1, outputs == groups {
            node.op = BlockedDepthwiseConv(sliding, weights: weights, bias: bias, epilogue: epilogue)
            return node
        }
        let lanes = BlockedLayout.lanes
        guard groups == 1 || (weights.shape[1] % lanes == 0 && (outputs / groups) % lanes == 0) else { return nil }
        let isPlanar = groups == 1 && !isBlocked[0] && channels <= Self.mostPlanes
        if isPlanar { node.inputs = [.plain(0)] }
        node.op = BlockedConv(
            sliding, weights: weights, bias: bias, groups: groups, epilogue: epilogue, isPlanar: isPlanar)
        return node
    }
}
