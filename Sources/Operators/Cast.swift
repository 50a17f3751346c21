package import Graph
internal import Tensors

/// ONNX `Cast`: converts elements to the type in attribute `to`.
package struct Cast: Operator {
    package static let opType = "Cast"
    private let node: NodeDescription
    private let dataType: DataType
    private let rule: ConversionRule

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        dataType = try node.dataType("to")
        rule = try node.conversionRule()
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [ValueType(dataType, try node.fact(inputs, 0).dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) { try context.convertInput(to: dataType, rule, node) }
}

/// ONNX `CastLike`: converts elements to the type of the second input.
package struct CastLike: Operator {
    package static let opType = "CastLike"
    private let node: NodeDescription
    private let rule: ConversionRule

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        rule = try node.conversionRule()
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [ValueType(try node.fact(inputs, 1).dataType, try node.fact(inputs, 0).dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        try context.convertInput(to: context.input(1).dataType, rule, node)
    }
}

extension RunContext {
    fileprivate func convertInput(
        to dataType: DataType, _ rule: ConversionRule, _ node: NodeDescription
    ) throws(GraphError) {
        let x = input(0)
        if x.dataType == dataType { return setOutput(0, x) }
        try x.convert(into: output(0, dataType, x.shape), rule: rule, node: node)
    }
}

extension NodeDescription {
    fileprivate func conversionRule() throws(GraphError) -> ConversionRule {
        let name = try string("round_mode") ?? "up"
        guard let rounding = ScaleExponent.Rounding(rawValue: name) else { throw malformed("round_mode is '\(name)'") }
        return ConversionRule(saturates: try int("saturate") ?? 1 != 0, exponentRounding: rounding)
    }

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
