package import ONNX
internal import Tensors

extension Graph {
    /// Makes the graph of a model: names become indices, nodes are ordered, attributes decoded, operators made,
    /// initializers read, functions inlined. Types are as declared; ``inferTypes(folding:)`` works out the rest.
    ///
    /// - Throws: ``GraphError`` naming the node that is malformed or not supported.
    package init(_ model: ONNXModel, registry: OperatorRegistry) throws(GraphError) {
        var importer = GraphImporter(model: model, registry: registry)
        self = try importer.importGraph(model.graph, opsets: model.opsets, visible: [], isBody: false)
    }
}

/// Imports one model; holds what all its graphs share.
private struct GraphImporter {
    let model: ONNXModel
    let registry: OperatorRegistry
    private var inliner: FunctionInliner
    private var tensorBytes = 0

    init(model: ONNXModel, registry: OperatorRegistry) {
        self.model = model
        self.registry = registry
        inliner = FunctionInliner(model)
    }

    /// - Parameter visible: names of the enclosing graphs that a body may capture.
    mutating func importGraph(
        _ source: ONNXGraph, opsets: [String: Int], visible: [Set<String>], isBody: Bool
    ) throws(GraphError) -> Graph {
        let registry = registry
        let scoped = try topologicallySorted(
            inliner.inline(source.nodes, opsets: opsets) { node, opsets in
                guard let opset = Self.opset(node, opsets) else { return false }
                return registry.type(domain: node.domain, op: node.op, opset: opset) != nil
            })
        var names = ValueNames(graph: Graph(name: source.name), visible: visible)
        for tensor in source.initializers {
            let constant = try read(tensor)
            try names.define(
                tensor.name, ValueType(constant.dataType, shape: constant.shape), constant: constant, by: source.name)
        }
        let initialized = Set(source.initializers.map(\.name))
        for input in source.inputs where !initialized.contains(input.name) {
            if !isBody { try Self.checkInput(input) }
            names.graph.inputs.append(try names.define(input.name, ValueType(input), by: source.name))
        }
        let declared = Dictionary(
            (source.valueInfos + source.outputs).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for name in scoped.flatMap(\.node.outputs) where !name.isEmpty {
            try names.define(name, declared[name].flatMap(ValueType.init), by: source.name)
        }
        for (index, scoped) in scoped.enumerated() {
            names.graph.nodes.append(try makeNode(scoped, index: index, &names))
        }
        for output in source.outputs {
            names.graph.outputs.append(try names.use(output.name, by: "output of graph '\(source.name)'"))
        }
        if isBody { names.graph.foldConstantNodes() }
        return names.graph
    }

    private mutating func makeNode(
        _ scoped: ScopedNode, index: Int, _ names: inout ValueNames
    ) throws(GraphError) -> Graph.Node {
        let node = scoped.node
        let label = node.name.isEmpty ? "\(node.op)_\(index)" : node.name
        guard let opset = Self.opset(node, scoped.opsets) else {
            throw .malformed(node: label, detail: "the model imports no operator set '\(node.domain)' for \(node.op)")
        }
        var attributes: [String: Attribute] = [:]
        for attribute in node.attributes {
            attributes[attribute.name] = try decode(attribute, label, scoped, &names)
        }
        let description = NodeDescription(
            name: label, op: node.op, domain: node.domain, opset: opset, attributes: attributes,
            hasInput: node.inputs.map { !$0.isEmpty }, hasOutput: node.outputs.map { !$0.isEmpty })
        if node.domain.isEmpty {
            for input in 0..<OperatorArity.requiredInputs(op: node.op, opset: opset) where !description.hasInput(input)
            {
                throw description.malformed("input \(input) is missing")
            }
        }
        guard !description.hasOutput.isEmpty else { throw description.malformed("no outputs") }
        var inputs: [Int?] = []
        for name in node.inputs { inputs.append(name.isEmpty ? nil : try names.use(name, by: "input of '\(label)'")) }
        let outputs = node.outputs.map { $0.isEmpty ? nil : names.index[$0] }
        return Graph.Node(
            description: description, op: try registry.make(description), inputs: inputs, outputs: outputs)
    }

    private mutating func decode(
        _ attribute: ONNXAttribute, _ label: String, _ scoped: ScopedNode, _ names: inout ValueNames
    ) throws(GraphError) -> Attribute {
        switch attribute.value {
        case .int(let value): return .int(value)
        case .float(let value): return .float(value)
        case .string(let value): return .string(value)
        case .ints(let values): return .ints(values)
        case .floats(let values): return .floats(values)
        case .strings(let values): return .strings(values)
        case .tensor(let tensor): return .tensor(try read(tensor))
        case .graph(let source):
            let body = try importGraph(
                source, opsets: scoped.opsets, visible: names.visible + [names.own], isBody: true)
            for capture in body.captures { _ = try names.use(capture.outerName, by: "subgraph of '\(label)'") }
            return .graph(body)
        case .reference(let name):
            throw .malformed(
                node: label, detail: "attribute '\(attribute.name)' refers to '\(name)' outside of a function")
        case .unsupported(let kind):
            throw .unsupported(node: label, op: scoped.node.op, detail: "attribute '\(attribute.name)' of kind \(kind)")
        }
    }

    private mutating func read(_ tensor: ONNXTensor) throws(GraphError) -> Tensor {
        do throws(ONNXFormatError) {
            let made = try tensor.makeTensor(directory: model.directory, limits: model.limits)
            tensorBytes += made.byteCount
            guard tensorBytes <= model.limits.tensorBytes else {
                throw ONNXFormatError.limitExceeded(
                    what: "bytes of all tensors", limit: model.limits.tensorBytes, value: tensorBytes)
            }
            return made
        } catch {
            throw .format(error)
        }
    }

    private static func opset(_ node: ONNXNode, _ opsets: [String: Int]) -> Int? { opsets[node.domain] }

    private static func checkInput(_ input: ONNXValueInfo) throws(GraphError) {
        switch input.kind {
        case .tensor where ValueType(input) == nil, .other:
            let kind = if case .other(let kind) = input.kind { kind } else { "element" }
            throw .unsupported(node: "", op: "graph", detail: "input '\(input.name)' of this \(kind) type")
        case .tensor, .undeclared: break
        }
    }
}

/// The values of a graph under construction, by name.
private struct ValueNames {
    var graph: Graph
    /// Names of each enclosing graph.
    let visible: [Set<String>]
    private(set) var own: Set<String> = []
    private(set) var index: [String: Int] = [:]

    init(graph: Graph, visible: [Set<String>]) {
        self.graph = graph
        self.visible = visible
    }

    @discardableResult
    mutating func define(
        _ name: String, _ type: ValueType?, constant: Tensor? = nil, by owner: String
    ) throws(GraphError) -> Int {
        guard index[name] == nil else {
            throw .malformed(node: "", detail: "graph '\(owner)' defines the value '\(name)' twice")
        }
        index[name] = graph.values.count
        own.insert(name)
        graph.values.append(Graph.Value(name: name, type: type, constant: constant))
        return graph.values.count - 1
    }

    /// The value of this name, captured from an enclosing graph when it is not the graph's own.
    mutating func use(_ name: String, by user: String) throws(GraphError) -> Int {
        if let known = index[name] { return known }
        guard visible.contains(where: { $0.contains(name) }) else {
            throw .malformed(node: "", detail: "\(user): no value '\(name)'")
        }
        index[name] = graph.values.count
        own.insert(name)
        graph.captures.append((value: graph.values.count, outerName: name))
        graph.values.append(Graph.Value(name: name))
        return graph.values.count - 1
    }
}

extension Graph {
    /// Turns Constant nodes into constants, so that a body does not make them again in each iteration.
    fileprivate mutating func foldConstantNodes() {
        var folded: Set<Int> = []
        for (index, node) in nodes.enumerated() where node.description.op == "Constant" {
            guard let output = node.outputs.first ?? nil,
                case .tensor(let tensor)? = node.description.attributes["value"]
            else { continue }
            values[output].constant = tensor
            values[output].type = ValueType(tensor.dataType, shape: tensor.shape)
            folded.insert(index)
        }
        removeNodes(folded)
    }
}
