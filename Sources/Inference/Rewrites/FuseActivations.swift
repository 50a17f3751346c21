internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Takes an activation into the operator before it, when nobody else reads that operator's output.
    ///
    /// x · sigmoid(x), written as two nodes, is one activation (SiLU): both read x, and only the product is read on.
    mutating func fuseActivations() {
        let consumers = consumers()
        let producers = producers()
        let pinned = pinnedValues()
        var removed: Set<Int> = []
        for (index, node) in nodes.enumerated() {
            let isMul = node.description.domain.isEmpty && node.description.op == "Mul"
            guard let output = node.outputs.first ?? nil, node.outputs.count == 1 else { continue }
            if isMul, let (x, sigmoid) = siLUOperands(node, producers), let inner = nodes[sigmoid].outputs[0],
                consumers[x].count == 2, consumers[inner].count == 1, !pinned.contains(x), !pinned.contains(inner),
                fuse(.silu, of: x, into: output, producers)
            {
                removed.formUnion([index, sigmoid])
            } else if let epilogue = activation(node), let x = node.inputs[0], consumers[x].count == 1,
                !pinned.contains(x), fuse(epilogue, of: x, into: output, producers)
            {
                removed.insert(index)
            }
        }
        removeNodes(removed)
    }

    /// Gives the maker of `x` the epilogue, and `output` to write to.
    private mutating func fuse(_ epilogue: Epilogue, of x: Int, into output: Int, _ producers: [Int?]) -> Bool {
        guard let producer = producers[x], nodes[producer].outputs[0] == x,
            values[x].type?.dataType ?? .float32 == .float32,
            let fusable = nodes[producer].op as? any EpilogueFusable, let fused = fusable.fused(with: epilogue)
        else { return false }
        nodes[producer].op = fused
        nodes[producer].outputs[0] = output
        return true
    }

    /// For Mul(x, Sigmoid(x)) in either order: x and the Sigmoid node.
    private func siLUOperands(_ node: Node, _ producers: [Int?]) -> (x: Int, sigmoid: Int)? {
        guard node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1], a != b else { return nil }
        for (x, gate) in [(a, b), (b, a)] {
            guard let producer = producers[gate], nodes[producer].description.op == "Sigmoid",
                nodes[producer].description.domain.isEmpty, nodes[producer].inputs.first == x
            else { continue }
            return (x, producer)
        }
        return nil
    }

    /// The epilogue that does what the node does; `nil` for other nodes.
    private func activation(_ node: Node) -> Epilogue? {
        let description = node.description
        guard description.domain.isEmpty else { return nil }
        func float(_ key: String, _ otherwise: Float) -> Float {
            if case .float(let value)? = description.attributes[key] { value } else { otherwise }
        }
        switch description.op {
        case "Relu": return .relu
        case "LeakyRelu": return .leakyRelu(slope: float("alpha", 0.01))
        case "Sigmoid": return .sigmoid
        case "Tanh": return .tanh
        case "HardSigmoid": return .hardSigmoid(alpha: float("alpha", 0.2), beta: float("beta", 0.5))
        case "HardSwish": return .hardSwish
        case "Mish": return .mish
        case "Gelu":
            if case .string("tanh")? = description.attributes["approximate"] { return nil }
            return .gelu
        case "Clip":
            guard description.opset >= 11 else {
                return .clip(
                    low: float("min", -.greatestFiniteMagnitude), high: float("max", .greatestFiniteMagnitude))
            }
            guard let low = bound(node, 1, -.infinity), let high = bound(node, 2, .infinity), low <= high else {
                return nil
            }
            return .clip(low: low, high: high)
        default: return nil
        }
    }

    /// A bound of Clip that is left out or constant.
    private func bound(_ node: Node, _ slot: Int, _ otherwise: Float) -> Float? {
        guard slot < node.inputs.count, let value = node.inputs[slot] else { return otherwise }
        guard let constant = values[value].constant, constant.dataType == .float32, constant.elementCount == 1 else {
            return nil
        }
        return constant.elements(as: Float.self)[0]
    }
}
