internal import CKernels
package import Graph
internal import Tensors

/// ONNX `InstanceNormalization`: standardises each channel of each batch entry, then scales and shifts it. x: [N, C, …].
package struct InstanceNormalization: Operator {
    package static let opType = "InstanceNormalization"
    private let node: NodeDescription
    private let epsilon: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...3)
        self.node = node
        epsilon = try node.float("epsilon") ?? 1e-5
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [try node.fact(inputs, 0).type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        guard x.shape.rank >= 2 else { throw node.mismatch("an input of rank \(x.shape.rank)") }
        try normalizeGroups(context, node, groups: x.shape[1], perGroup: false, epsilon: epsilon)
    }
}

/// ONNX `GroupNormalization`: standardises groups of channels, then scales and shifts each group (opset 18) or each
/// channel (from 21 on). x: [N, C, …].
package struct GroupNormalization: Operator {
    package static let opType = "GroupNormalization"
    private let node: NodeDescription
    private let epsilon: Float
    private let groups: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...3)
        self.node = node
        epsilon = try node.float("epsilon") ?? 1e-5
        guard let groups = try node.int("num_groups"), groups > 0 else {
            throw node.malformed("num_groups must be positive")
        }
        self.groups = groups
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [try node.fact(inputs, 0).type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        try normalizeGroups(context, node, groups: groups, perGroup: node.opset < 21, epsilon: epsilon)
    }
}

/// Standardises `groups` groups of channels of each batch entry; inputs 1 and 2 scale and shift channels, or groups.
private func normalizeGroups(
    _ context: RunContext, _ node: NodeDescription, groups: Int, perGroup: Bool, epsilon: Float
) throws(GraphError) {
    let x = context.input(0), scale = context.input(1), bias = context.input(2)
    guard x.dataType.isFloatingPoint, scale.dataType == x.dataType, bias.dataType == x.dataType else {
        throw node.mismatch("\(x.dataType) with \(scale.dataType) and \(bias.dataType)")
    }
    guard x.shape.rank >= 2, groups == 0 || x.shape[1] % groups == 0 else {
        throw node.mismatch("\(groups) groups of \(x.shape)")
    }
    let channels = x.shape[1]
    let count = perGroup ? groups : channels
    guard scale.shape == [count], bias.shape == [count] else {
        throw node.mismatch("scale of \(scale.shape) and bias of \(bias.shape) for \(count) channels or groups")
    }
    let y = context.output(0, x.dataType, x.shape)
    guard x.elementCount > 0 else { return }
    let plane = x.shape.dimensions[2...].reduce(1, *)
    let members = channels / groups
    if x.dataType == .float64 {
        let size = members * plane
        for group in 0..<x.shape[0] * groups {
            let target = y.pointer(Double.self) + group * size
            _ = standardize(x.pointer(Double.self) + group * size, target, size, epsilon: Double(epsilon))
            for i in 0..<size {
                let index = perGroup ? group % groups : group % groups * members + i / plane
                target[i] = target[i] * scale.pointer(Double.self)[index] + bias.pointer(Double.self)[index]
            }
        }
        return
    }
    context.spread(x.shape[0] * groups, cost: 4 * members * plane) { range in
        for group in range {
            let target = y.pointer(Float.self) + group * members * plane
            standardize(
                x.pointer(Float.self) + group * members * plane, target, members * plane, epsilon: epsilon)
            for member in 0..<members {
                let index = perGroup ? group % groups : group % groups * members + member
                let channel = target + member * plane
                ck_f32_map(
                    .scale, channel, channel, plane, scale.pointer(Float.self)[index],
                    bias.pointer(Float.self)[index])
            }
        }
    }
}
