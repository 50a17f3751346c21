package import Graph
internal import Tensors

/// ONNX `Cast`: converts elements to the type in attribute `to`.
package struct Cast: Operator {
    package static let opType = "Cast"
    private let node: NodeDescription
    private let dataType: DataType

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        dataType = try node.dataType("to")
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [ValueType(dataType, try node.fact(inputs, 0).dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) { try context.convertInput(to: dataType, node) }
}

/// ONNX `CastLike`: converts elements to the type of the second input.
package struct CastLike: Operator {
    package static let opType = "CastLike"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [ValueType(try node.fact(inputs, 1).dataType, try node.fact(inputs, 0).dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        try context.convertInput(to: context.input(1).dataType, node)
    }
}

extension RunContext {
    fileprivate func convertInput(to dataType: DataType, _ node: NodeDescription) throws(GraphError) {
        let x = input(0)
        if x.dataType == dataType { return setOutput(0, x) }
        try x.convert(into: output(0, dataType, x.shape), node: node)
    }
}

extension NodeDescription {
    /// A data type named by its ONNX number (by its name before opset 6).
    func dataType(_ key: String, default fallback: DataType? = nil) throws(GraphError) -> DataType {
        if case .string(let name)? = attributes[key] {
            let wanted = name.uppercased()
            let names: [String: DataType] = [
                "FLOAT": .float32, "DOUBLE": .float64, "FLOAT16": .float16, "BOOL": .bool,
            ]
            guard let type = names[wanted] ?? DataType.allCases.first(where: { $0.description.uppercased() == wanted })
            else { throw malformed("'\(name)' is no data type") }
            return try stored(type)
        }
        guard let raw = try int(key) else {
            guard let fallback else { throw malformed("attribute '\(key)' is missing") }
            return fallback
        }
        guard let number = Int32(exactly: raw), let type = DataType(rawValue: number) else {
            throw unsupported("data type \(raw)")
        }
        return try stored(type)
    }

    private func stored(_ type: DataType) throws(GraphError) -> DataType {
        guard type.byteWidth != nil else { throw unsupported("elements of type \(type)") }
        return type
    }
}
