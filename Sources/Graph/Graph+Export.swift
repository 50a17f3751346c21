package import ONNX
internal import Tensors

extension ONNXModel {
    /// The model of a graph, as long as its operators are those of ONNX: after import, folding, and rewrites of weights.
    ///
    /// Values that share a name get one each. Tensors share the graph's storage.
    ///
    /// - Throws: ``GraphError/unsupported(node:op:detail:)`` when nodes are of different versions of an operator set.
    package init(
        _ graph: Graph, irVersion: Int, producerName: String = "", producerVersion: String = "",
        metadata: [String: String] = [:]
    ) throws(GraphError) {
        var opsets: [String: Int] = [:]
        let exported = try ONNXGraph(graph, &opsets)
        self.init(
            graph: exported, opsets: opsets, irVersion: irVersion, producerName: producerName,
            producerVersion: producerVersion, metadata: metadata)
    }
}

extension ONNXGraph {
    /// - Parameter opsets: takes in the operator sets that the nodes are of.
    fileprivate init(_ graph: Graph, _ opsets: inout [String: Int]) throws(GraphError) {
        let names = graph.uniqueNames()
        var read = Set(graph.outputs)
        var nodes: [ONNXNode] = []
        for node in graph.nodes {
            let description = node.description
            let known = opsets.updateValue(description.opset, forKey: description.domain)
            guard known == nil || known == description.opset else {
                throw description.unsupported(
                    "a network of opset \(description.opset) and \(known ?? 0) at once cannot be written")
            }
            var attributes: [ONNXAttribute] = []
            for (name, attribute) in description.attributes.sorted(by: { $0.key < $1.key }) {
                attributes.append(ONNXAttribute(name: name, value: try .init(attribute, &opsets)))
            }
            for case let input? in node.inputs { read.insert(input) }
            nodes.append(
                ONNXNode(
                    name: description.name, op: description.op, domain: description.domain,
                    inputs: node.inputs.map { $0.map { names[$0] } ?? "" },
                    outputs: node.outputs.map { $0.map { names[$0] } ?? "" }, attributes: attributes))
        }
        let captured = Set(graph.nodes.flatMap(\.capturedNames))
        let constants = graph.values.indices.filter {
            graph.values[$0].constant != nil && (read.contains($0) || captured.contains(graph.values[$0].name))
        }
        self.init(
            name: graph.name, nodes: nodes,
            initializers: constants.compactMap { index in
                graph.values[index].constant.map { ONNXTensor(name: names[index], $0) }
            },
            inputs: graph.inputs.map { ONNXValueInfo(names[$0], graph.values[$0].type) },
            outputs: graph.outputs.map { ONNXValueInfo(names[$0], graph.values[$0].type) })
    }
}

extension Graph {
    /// The values' names; the second of a name gets a number behind it.
    fileprivate func uniqueNames() -> [String] {
        var taken = Set(values.map(\.name))
        var seen: Set<String> = []
        return values.map { value in
            if seen.insert(value.name).inserted { return value.name }
            var number = 2
            while !taken.insert("\(value.name)_\(number)").inserted { number += 1 }
            return "\(value.name)_\(number)"
        }
    }
}

extension ONNXAttribute.Value {
    fileprivate init(_ attribute: Attribute, _ opsets: inout [String: Int]) throws(GraphError) {
        switch attribute {
        case .int(let value): self = .int(value)
        case .float(let value): self = .float(value)
        case .string(let value): self = .string(value)
        case .tensor(let tensor): self = .tensor(ONNXTensor(name: "", tensor))
        case .graph(let graph): self = .graph(try ONNXGraph(graph, &opsets))
        case .ints(let values): self = .ints(values)
        case .floats(let values): self = .floats(values)
        case .strings(let values): self = .strings(values)
        }
    }
}

extension ONNXValueInfo {
    fileprivate init(_ name: String, _ type: ValueType?) {
        guard let type else {
            self.init(name: name, kind: .undeclared)
            return
        }
        let extents = type.dimensions?.map { dimension -> Extent in
            switch dimension {
            case .fixed(let extent): .value(extent)
            case .symbol(let symbol): .parameter(symbol)
            case .unknown: .unknown
            }
        }
        self.init(name: name, kind: .tensor(elementType: Int(type.dataType.rawValue), extents: extents))
    }
}
