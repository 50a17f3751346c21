/// An ONNX `GraphProto`.
package struct ONNXGraph: Sendable {
    package var name = ""
    package var nodes: [ONNXNode] = []
    package var initializers: [ONNXTensor] = []
    package var inputs: [ONNXValueInfo] = []
    package var outputs: [ONNXValueInfo] = []
    /// Declared types of inner values.
    package var valueInfos: [ONNXValueInfo] = []

    package init(
        name: String = "", nodes: [ONNXNode] = [], initializers: [ONNXTensor] = [], inputs: [ONNXValueInfo] = [],
        outputs: [ONNXValueInfo] = []
    ) {
        self.name = name
        self.nodes = nodes
        self.initializers = initializers
        self.inputs = inputs
        self.outputs = outputs
    }

    init(_ message: WireReader, _ allowance: inout Allowance, depth: Int) throws(ONNXFormatError) {
        try Allowance.check("depth of nested graphs", depth, allowance.limits.depth)
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try allowance.takeNode()
                nodes.append(try ONNXNode(try reader.message(field), &allowance, depth: depth))
            case 2: name = try reader.string(field)
            case 5:
                try allowance.takeInitializer()
                initializers.append(try ONNXTensor(try reader.message(field), allowance.limits))
            case 11: inputs.append(try ONNXValueInfo(try reader.message(field), &allowance))
            case 12: outputs.append(try ONNXValueInfo(try reader.message(field), &allowance))
            case 13: valueInfos.append(try ONNXValueInfo(try reader.message(field), &allowance))
            case 15: throw .unsupported(offset: field.offset, detail: "sparse initializers")
            default: try reader.skip(field)
            }
        }
    }
}

/// An ONNX `FunctionProto`: a named piece of graph that nodes call by its domain and name.
package struct ONNXFunction: Sendable {
    package var name = ""
    package var domain = ""
    package var inputs: [String] = []
    package var outputs: [String] = []
    package var nodes: [ONNXNode] = []
    /// Attributes that a call must give, and those with a default.
    package var attributeNames: [String] = []
    package var attributeDefaults: [ONNXAttribute] = []
    package var opsets: [String: Int] = [:]
    package var overload = ""

    init(_ message: WireReader, _ allowance: inout Allowance) throws(ONNXFormatError) {
        try allowance.takeEntry()
        let limits = allowance.limits
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try reader.string(field)
            case 4:
                inputs.append(try reader.string(field))
                try Allowance.check("number of function inputs", inputs.count, limits.valuesPerNode)
            case 5:
                outputs.append(try reader.string(field))
                try Allowance.check("number of function outputs", outputs.count, limits.valuesPerNode)
            case 6:
                attributeNames.append(try reader.string(field))
                try Allowance.check("number of function attributes", attributeNames.count, limits.attributesPerNode)
            case 7:
                try allowance.takeNode()
                nodes.append(try ONNXNode(try reader.message(field), &allowance, depth: 1))
            case 9: try ONNXModel.readOpset(try reader.message(field), &allowance, into: &opsets)
            case 10: domain = ONNXNode.canonicalDomain(try reader.string(field))
            case 11:
                attributeDefaults.append(try ONNXAttribute(try reader.message(field), &allowance, depth: 1))
                try Allowance.check("number of function attributes", attributeDefaults.count, limits.attributesPerNode)
            case 13: overload = try reader.string(field)
            default: try reader.skip(field)
            }
        }
    }
}
