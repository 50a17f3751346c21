/// An ONNX `NodeProto`. An empty input or output name means "left out".
package struct ONNXNode: Sendable {
    package var name = ""
    package var op = ""
    /// `""` is the standard domain.
    package var domain = ""
    package var overload = ""
    package var inputs: [String] = []
    package var outputs: [String] = []
    package var attributes: [ONNXAttribute] = []
    /// Where the message starts in the file.
    package var offset = 0

    package init(
        name: String, op: String, domain: String = "", inputs: [String], outputs: [String],
        attributes: [ONNXAttribute] = []
    ) {
        self.name = name
        self.op = op
        self.domain = domain
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }

    init(_ message: WireReader, _ allowance: inout Allowance, depth: Int) throws(ONNXFormatError) {
        let limits = allowance.limits
        var reader = message
        offset = reader.position
        while let field = try reader.next() {
            switch field.number {
            case 1:
                inputs.append(try reader.string(field))
                try Allowance.check("number of a node's inputs", inputs.count, limits.valuesPerNode)
            case 2:
                outputs.append(try reader.string(field))
                try Allowance.check("number of a node's outputs", outputs.count, limits.valuesPerNode)
            case 3: name = try reader.string(field)
            case 4: op = try reader.string(field)
            case 5:
                attributes.append(try ONNXAttribute(try reader.message(field), &allowance, depth: depth))
                try Allowance.check("number of a node's attributes", attributes.count, limits.attributesPerNode)
            case 7: domain = Self.canonicalDomain(try reader.string(field))
            case 8: overload = try reader.string(field)
            default: try reader.skip(field)
            }
        }
    }

    static func canonicalDomain(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }
}
