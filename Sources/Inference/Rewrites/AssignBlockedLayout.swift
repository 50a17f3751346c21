internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Moves convolutions and what lies between them to blocked layout; reorders only where a value enters or leaves.
    mutating func assignBlockedLayout() throws(GraphError) {
        var assignment = BlockedLayoutAssignment(self)
        self = try assignment.run()
    }
}

/// One walk over a graph in order. A value may exist in plain layout, in blocked layout, or in both; the missing form is
/// made when the first node asks for it.
private struct BlockedLayoutAssignment {
    private let source: Graph
    private var result: Graph
    /// The blocked form of a value.
    private var twins: [Int?]
    /// Values that exist in blocked layout only, with their number of channels.
    private var onlyBlocked: [Int: Int] = [:]

    init(_ graph: Graph) {
        source = graph
        result = graph
        result.nodes = []
        twins = [Int?](repeating: nil, count: graph.values.count)
    }

    mutating func run() throws(GraphError) -> Graph {
        let names = Dictionary(
            source.values.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        for node in source.nodes {
            if node.subgraphs.isEmpty, try appendBlocked(node) { continue }
            for case let input? in node.inputs { try makePlain(input) }
            for name in node.capturedNames { if let value = names[name] { try makePlain(value) } }
            result.nodes.append(node)
        }
        for output in source.outputs { try makePlain(output) }
        return result
    }

    /// Appends the node in its blocked form, if it has one that pays here.
    private mutating func appendBlocked(_ node: Graph.Node) throws(GraphError) -> Bool {
        guard let op = node.op as? any BlockedForm, node.outputs.count == 1, let output = node.outputs[0] else {
            return false
        }
        let facts = node.inputs.map { $0.flatMap { fact($0) } }
        let isBlocked = node.inputs.map { input in input.map { twins[$0] != nil } ?? false }
        guard let form = try op.blocked(facts, isBlocked: isBlocked) else { return false }
        let follows = form.inputs.contains { if case .blocked(let slot) = $0 { isBlocked[slot] } else { false } }
        guard form.initiates || follows else { return false }
        var inputs: [Int?] = []
        for input in form.inputs {
            switch input {
            case .absent: inputs.append(nil)
            case .plain(let slot):
                if let value = node.inputs[slot] { try makePlain(value) }
                inputs.append(node.inputs[slot])
            case .blocked(let slot):
                guard let value = node.inputs[slot] else { return false }
                inputs.append(try makeBlocked(value))
            }
        }
        var description = node.description
        description.hasInput = inputs.map { $0 != nil }
        twins[output] = try append(description, form.op, inputs, name: source.values[output].name + "#blocks")
        onlyBlocked[output] = form.channels
        return true
    }

    private mutating func makePlain(_ value: Int) throws(GraphError) {
        guard let channels = onlyBlocked.removeValue(forKey: value), let twin = twins[value] else { return }
        let description = NodeDescription(
            name: source.values[value].name + "#plain", op: FromBlocks.opType, domain: FromBlocks.domain, opset: 1,
            attributes: ["channels": .int(channels)], hasInput: [true], hasOutput: [true])
        result.nodes.append(
            Graph.Node(description: description, op: try FromBlocks(description), inputs: [twin], outputs: [value]))
    }

    private mutating func makeBlocked(_ value: Int) throws(GraphError) -> Int {
        if let twin = twins[value] { return twin }
        let name = source.values[value].name + "#blocks"
        let description = NodeDescription(
            name: name, op: ToBlocks.opType, domain: ToBlocks.domain, opset: 1, hasInput: [true], hasOutput: [true])
        let twin = try append(description, try ToBlocks(description), [value], name: name)
        twins[value] = twin
        return twin
    }

    private mutating func append(
        _ description: NodeDescription, _ op: any Operator, _ inputs: [Int?], name: String
    ) throws(GraphError) -> Int {
        let type = try op.outputTypes(inputs.map { $0.flatMap { fact($0) } }).first
        let output = result.values.count
        result.values.append(Graph.Value(name: name, type: type))
        result.nodes.append(Graph.Node(description: description, op: op, inputs: inputs, outputs: [output]))
        return output
    }

    private func fact(_ value: Int) -> ValueFact? {
        if let constant = result.values[value].constant { return ValueFact(constant: constant) }
        return result.values[value].type.map { ValueFact($0) }
    }
}
