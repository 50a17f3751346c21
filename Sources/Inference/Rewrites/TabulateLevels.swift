internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Puts one ``LevelTable`` in the place of any chain of element-wise operators from levels to levels: what the chain
    /// makes of each of 256 levels is found by running it. Activations, however written, other roundings in between and
    /// changes of scale all become tables, to the bit; what leaves levels as they are goes away.
    mutating func tabulateLevels() throws(GraphError) {
        /// What a value is as a function of levels: 256 levels or real numbers.
        var functions: [Int: (root: Int, values: Tensor)] = [:]
        let identity = Tensor((0...255).map { UInt8($0) }, shape: [256])
        let pinned = pinnedValues()
        var removed: Set<Int> = []
        for index in nodes.indices {
            let node = nodes[index]
            guard node.outputs.count == 1, let output = node.outputs[0], node.subgraphs.isEmpty else {
                continue
            }
            if let (levels, _) = dequantized(node), values[levels].constant == nil {
                let (root, entries) = functions[levels] ?? (levels, identity)
                functions[output] = try evaluate(node, [entries] + constants(of: node).dropFirst()).map {
                    (root, $0)
                }
            } else if quantized(node) != nil, let input = node.inputs[0],
                let (root, reals) = functions[input]
            {
                guard let extents = values[root].type?.dimensions, extents == values[output].type?.dimensions,
                    let table = try evaluate(node, [reals] + constants(of: node).dropFirst())
                else { continue }
                functions[output] = (root, table)
                if table.array(of: UInt8.self) == identity.array(of: UInt8.self), !pinned.contains(output) {
                    replaceUses(of: output, with: root)
                    removed.insert(index)
                } else {
                    let description = node.description.replaced(by: LevelTable.self, inputs: 1)
                    nodes[index] = Node(
                        description: description, op: LevelTable(description, table: table), inputs: [root],
                        outputs: [output])
                }
            } else if Self.isElementwise(node.description) {
                let operands = node.inputs.map { $0.flatMap { functions[$0] } }
                let roots = Set(operands.compactMap { $0?.root })
                guard let root = roots.first, roots.count == 1 else { continue }
                let inputs = zip(operands, node.inputs).map { operand, input in
                    operand?.values ?? input.flatMap { scalar($0) }
                }
                guard zip(inputs, node.inputs).allSatisfy({ ($0 == nil) == ($1 == nil) }) else { continue }
                functions[output] = try evaluate(node, inputs).map { (root, $0) }
            }
        }
        removeNodes(removed)
    }

    private func constants(of node: Node) -> [Tensor?] {
        node.inputs.map { $0.flatMap { values[$0].constant } }
    }

    /// A single element: a constant, or what DequantizeLinear makes of constants.
    private func scalar(_ value: Int) -> Tensor? {
        let reals = constantReals(value, producersOfScalars(value))
        return reals?.elementCount == 1 ? reals?.reshaped([]) : nil
    }

    private func producersOfScalars(_ value: Int) -> [Int?] {
        guard values[value].constant == nil else { return [] }
        return producers()
    }

    private func evaluate(_ node: Node, _ inputs: [Tensor?]) throws(GraphError) -> Tensor? {
        let context = RunContext(inputs: inputs, outputs: [nil])
        try node.op.run(context)
        guard let result = context.outputs[0], result.elementCount == 256 else { return nil }
        return result
    }

    private static func isElementwise(_ node: NodeDescription) -> Bool {
        node.domain.isEmpty && elementwise.contains(node.op)
    }

    private static let elementwise: Set<String> = [
        "Abs", "Add", "Ceil", "Celu", "Clip", "Div", "Elu", "Erf", "Exp", "Floor", "Gelu",
        "HardSigmoid", "HardSwish",
        "LeakyRelu", "Log", "Max", "Min", "Mish", "Mul", "Neg", "PRelu", "Pow", "Reciprocal", "Relu",
        "Round", "Selu",
        "Sigmoid", "Sign", "Softplus", "Softsign", "Sqrt", "Sub", "Swish", "Tanh", "ThresholdedRelu",
    ]
}
