internal import ONNX

/// A node with the operator-set versions that hold where it stands: a function brings its own.
struct ScopedNode {
    var node: ONNXNode
    var opsets: [String: Int]
}

/// Replaces calls of model-local functions by the functions' nodes, renamed so that no two values share a name.
struct FunctionInliner {
    private let functions: [String: ONNXFunction]
    private let nodeLimit: Int
    private let depthLimit: Int
    private var calls = 0
    private var nodeCount = 0

    init(_ model: ONNXModel) {
        functions = Dictionary(
            model.functions.map { (Self.key($0.domain, $0.name, $0.overload), $0) },
            uniquingKeysWith: { first, _ in first })
        nodeLimit = model.limits.nodes
        depthLimit = model.limits.depth
    }

    private static func key(_ domain: String, _ name: String, _ overload: String) -> String {
        "\(domain):\(name):\(overload)"
    }

    /// - Parameter isKnown: whether an operator of our own serves the node; such nodes are left alone.
    mutating func inline(
        _ nodes: [ONNXNode], opsets: [String: Int], isKnown: (ONNXNode, [String: Int]) -> Bool
    ) throws(GraphError) -> [ScopedNode] {
        var result: [ScopedNode] = []
        result.reserveCapacity(nodes.count)
        for node in nodes {
            try append(ScopedNode(node: node, opsets: opsets), to: &result, depth: 0, isKnown)
        }
        return result
    }

    private mutating func append(
        _ call: ScopedNode, to result: inout [ScopedNode], depth: Int, _ isKnown: (ONNXNode, [String: Int]) -> Bool
    ) throws(GraphError) {
        let node = call.node
        guard let function = functions[Self.key(node.domain, node.op, node.overload)], !isKnown(node, call.opsets)
        else {
            nodeCount += 1
            guard nodeCount <= nodeLimit else {
                throw .limitExceeded(what: "number of nodes with functions inlined", limit: nodeLimit, value: nodeCount)
            }
            result.append(call)
            return
        }
        guard depth < depthLimit else {
            throw .limitExceeded(what: "depth of function calls", limit: depthLimit, value: depth + 1)
        }
        calls += 1
        guard calls <= nodeLimit else {
            throw .limitExceeded(what: "number of function calls", limit: nodeLimit, value: calls)
        }
        let prefix = "\(function.name)#\(calls)/"
        var names: [String: String] = [:]
        for (index, formal) in function.inputs.enumerated() {
            names[formal] = index < node.inputs.count ? node.inputs[index] : ""
        }
        for (index, formal) in function.outputs.enumerated() {
            if index < node.outputs.count, !node.outputs[index].isEmpty { names[formal] = node.outputs[index] }
        }
        var attributes = Dictionary(
            function.attributeDefaults.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for attribute in node.attributes { attributes[attribute.name] = attribute }
        let renaming = Renaming(prefix: prefix, names: names, attributes: attributes)
        for inner in function.nodes {
            try append(
                ScopedNode(node: renaming.apply(inner), opsets: function.opsets), to: &result, depth: depth + 1, isKnown
            )
        }
    }
}

/// How the names of a function body read at one call.
private struct Renaming {
    var prefix: String
    var names: [String: String]
    var attributes: [String: ONNXAttribute]

    func apply(_ original: ONNXNode) -> ONNXNode {
        var node = original
        node.name = prefix + node.name
        node.inputs = node.inputs.map(name)
        node.outputs = node.outputs.map(name)
        node.attributes = node.attributes.compactMap(attribute)
        return node
    }

    private func name(_ name: String) -> String {
        name.isEmpty ? "" : names[name] ?? prefix + name
    }

    private func attribute(_ original: ONNXAttribute) -> ONNXAttribute? {
        var attribute = original
        switch original.value {
        case .reference(let name):
            guard let actual = attributes[name] else { return nil }
            attribute.value = actual.value
        case .graph(let body): attribute.value = .graph(graph(body))
        default: break
        }
        return attribute
    }

    private func graph(_ original: ONNXGraph) -> ONNXGraph {
        var graph = original
        for index in graph.nodes.indices { graph.nodes[index] = apply(graph.nodes[index]) }
        for index in graph.inputs.indices { graph.inputs[index].name = name(graph.inputs[index].name) }
        for index in graph.outputs.indices { graph.outputs[index].name = name(graph.outputs[index].name) }
        for index in graph.initializers.indices {
            graph.initializers[index].name = name(graph.initializers[index].name)
        }
        for index in graph.valueInfos.indices { graph.valueInfos[index].name = name(graph.valueInfos[index].name) }
        return graph
    }
}
