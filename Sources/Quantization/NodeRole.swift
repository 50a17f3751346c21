internal import Graph
internal import Tensors

/// What a node is to quantisation.
enum NodeRole: Equatable {
    /// Multiplies input 0 by the constant float32 weights of input 1, whose output channels lie along `weightAxis`; the
    /// output's lie along `outputAxis`, which counts from the end when negative. Input 2, a bias, is constant or left out.
    case product(weightAxis: Int, outputAxis: Int)
    /// Multiplies two activations.
    case productOfActivations
    /// Gives numbers of these inputs on, unchanged: inputs and outputs share one scale.
    case moving(slots: [Int])
    /// Makes new numbers of these inputs, each of a scale of its own.
    case combining(slots: [Int])
    /// A function of one activation, number by number, or number by number and channel.
    case elementwise
    case other
}

extension Graph {
    private static let functions: Set<String> = [
        "Relu", "LeakyRelu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Elu", "Selu", "Celu", "Softplus",
        "Softsign", "ThresholdedRelu", "Gelu", "Mish", "PRelu", "Erf", "Swish",
    ]
    private static let movers: Set<String> = [
        "MaxPool", "GlobalMaxPool", "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split",
        "Gather",
        "DepthToSpace", "SpaceToDepth", "Expand", "Tile",
    ]

    func isFloatActivation(_ value: Int?) -> Bool {
        guard let value else { return false }
        return values[value].constant == nil && values[value].type?.dataType == .float32
    }

    private func constant(_ node: Node, _ slot: Int) -> Tensor? {
        node.inputs.count > slot ? node.inputs[slot].flatMap { values[$0].constant } : nil
    }

    private func isLeftOut(_ node: Node, _ slot: Int) -> Bool { node.inputs.count <= slot || node.inputs[slot] == nil }

    func role(of index: Int) -> NodeRole {
        let node = nodes[index]
        guard node.description.domain.isEmpty, let first = node.inputs.first, node.outputs.first ?? nil != nil else {
            return .other
        }
        let isActivation = node.inputs.map(isFloatActivation)
        switch node.description.op {
        case "Conv", "ConvTranspose", "Gemm", "MatMul": return isActivation[0] ? productRole(node) : .other
        case let op where Self.movers.contains(op):
            // MaxPool's indices and the like are no activations.
            return isActivation[0] && (op == "Split" || node.outputs.count == 1) ? .moving(slots: [0]) : .other
        case "Concat": return isActivation.allSatisfy(\.self) ? .moving(slots: Array(isActivation.indices)) : .other
        case "Resize" where isActivation[0]:
            let mode = (try? node.description.string("mode")) ?? nil
            return mode ?? "nearest" == "nearest" ? .moving(slots: [0]) : .combining(slots: [0])
        case "AveragePool", "GlobalAveragePool", "ReduceMean":
            return isActivation[0] ? .combining(slots: [0]) : .other
        case "Add", "Sub", "Mul", "Div":
            switch isActivation.count(where: { $0 }) {
            case 2: return first == node.inputs[1] ? .elementwise : .combining(slots: [0, 1])
            case 1:
                return node.inputs.contains { $0.map { values[$0].constant != nil } ?? false } ? .elementwise : .other
            default: return .other
            }
        case let op where Self.functions.contains(op):
            let others = node.inputs.dropFirst().allSatisfy { $0.map { values[$0].constant != nil } ?? true }
            return isActivation[0] && others ? .elementwise : .other
        default: return .other
        }
    }

    /// Whether integer kernels compute a function together with the node before it: bounds with the product or sum that makes
    /// the numbers, one function of a table with the next.
    func isOneOperation(_ before: Int, then function: Int) -> Bool {
        let bounds: Set = ["Relu", "Clip"]
        let isBound = bounds.contains(nodes[function].description.op)
        switch role(of: before) {
        case .product, .productOfActivations, .combining: return isBound
        case .elementwise: return isBound == bounds.contains(nodes[before].description.op)
        case .moving, .other: return false
        }
    }

    private func productRole(_ node: Node) -> NodeRole {
        guard let weights = constant(node, 1), weights.dataType == .float32, weights.elementCount > 0 else {
            let isPair = node.description.op == "MatMul" && isFloatActivation(node.inputs[1])
            return isPair ? .productOfActivations : .other
        }
        let bias = constant(node, 2)
        guard bias != nil || isLeftOut(node, 2) else { return .other }
        func axes(_ weightAxis: Int, _ outputAxis: Int, groups: Int = 1) -> NodeRole {
            let channels = weights.shape[weightAxis] * groups
            guard bias == nil || (bias?.dataType == .float32 && bias?.shape == [channels]) else { return .other }
            return .product(weightAxis: weightAxis, outputAxis: outputAxis)
        }
        switch node.description.op {
        case "Conv": return weights.shape.rank >= 3 ? axes(0, 1) : .other
        case "ConvTranspose":
            // With groups, channel m of each group shares a scale, and no bias of one scale goes with that.
            let groups = ((try? node.description.int("group")) ?? nil) ?? 1
            return weights.shape.rank >= 3 && groups == 1 ? axes(1, 1) : .other
        case "Gemm":
            func factor(_ name: String) -> Float { ((try? node.description.float(name)) ?? nil) ?? 1 }
            func flag(_ name: String) -> Int { ((try? node.description.int(name)) ?? nil) ?? 0 }
            guard flag("transA") == 0, factor("alpha") == 1, bias == nil || factor("beta") == 1 else { return .other }
            return axes(flag("transB") == 0 ? 1 : 0, -1)
        default: return weights.shape.rank == 2 ? axes(1, -1) : .other
        }
    }

    /// The value that node `index` computes a function of, number by number, together with the nodes that do so: one
    /// function, or x·σ(x) and its like written as some nodes.
    func function(at index: Int, producers: [Int?], consumers: [[Int]]) -> (root: Int, members: Set<Int>)? {
        let node = nodes[index]
        let operands = node.inputs.compactMap { $0 }.filter(isFloatActivation)
        guard let first = operands.first else { return nil }
        if role(of: index) == .elementwise { return (first, [index]) }
        guard ["Mul", "Add"].contains(node.description.op), operands.count == 2 else { return nil }
        for (root, start) in [(operands[0], operands[1]), (operands[1], operands[0])] {
            var members: Set = [index]
            var value = start
            while value != root, consumers[value].count == 1, let producer = producers[value],
                role(of: producer) == .elementwise,
                let input = nodes[producer].inputs.compactMap({ $0 }).first(where: isFloatActivation)
            {
                members.insert(producer)
                value = input
            }
            if value == root { return (root, members) }
        }
        return nil
    }
}
