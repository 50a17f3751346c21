/// An ONNX `AttributeProto`.
package struct ONNXAttribute: Sendable {
    package enum Value: Sendable {
        case int(Int)
        case float(Float)
        case string(String)
        case tensor(ONNXTensor)
        case graph(ONNXGraph)
        case ints([Int])
        case floats([Float])
        case strings([String])
        /// Inside a function: the value of the calling node's attribute of this name.
        case reference(String)
        /// A kind this reader knows of and does not decode, by its name in the schema.
        case unsupported(String)
    }

    package var name: String
    package var value: Value
    /// The type's code in the file: what a reference stands for. 0 where the file has none.
    package private(set) var declaredType = 0

    package init(name: String, value: Value) {
        self.name = name
        self.value = value
    }

    init(_ message: WireReader, _ allowance: inout Allowance, depth: Int) throws(ONNXFormatError) {
        let limit = allowance.limits.attributeElements
        let what = "number of elements of an attribute"
        var reader = message
        let start = reader.position
        var name = ""
        var type: Int?
        var int: Int?
        var float: Float?
        var string: String?
        var tensor: ONNXTensor?
        var graph: ONNXGraph?
        var ints: [Int] = []
        var floats: [Float] = []
        var strings: [String] = []
        var reference: String?
        var other: String?
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try reader.string(field)
            case 2: float = try reader.float(field)
            case 3: int = try reader.int(field)
            case 4: string = try reader.string(field)
            case 5: tensor = try ONNXTensor(try reader.message(field), allowance.limits)
            case 6: graph = try ONNXGraph(try reader.message(field), &allowance, depth: depth + 1)
            case 7: try reader.floats(field, into: &floats, limit: limit, what: what)
            case 8: try reader.ints(field, into: &ints, limit: limit, what: what)
            case 9:
                strings.append(try reader.string(field))
                try Allowance.check(what, strings.count, limit)
            case 20: type = try reader.int(field)
            case 21: reference = try reader.string(field)
            case 10, 11, 14, 15, 22, 23:
                other = Self.unsupportedKinds[field.number]
                try reader.skip(field)
            default: try reader.skip(field)
            }
        }
        self.name = name
        declaredType = type ?? 0
        if let reference, !reference.isEmpty {
            value = .reference(reference)
            return
        }
        // Files of IR version 1 have no type field: then the field that is set tells.
        value =
            switch type ?? 0 {
            case 1: .float(float ?? 0)
            case 2: .int(int ?? 0)
            case 3: .string(string ?? "")
            case 4: try Self.required(tensor, "tensor", name, start).map(Value.tensor).get()
            case 5: try Self.required(graph, "graph", name, start).map(Value.graph).get()
            case 6: .floats(floats)
            case 7: .ints(ints)
            case 8: .strings(strings)
            case 9...14: .unsupported(other ?? "type \(type ?? 0)")
            case 0:
                if let tensor {
                    .tensor(tensor)
                } else if let graph {
                    .graph(graph)
                } else if let string {
                    .string(string)
                } else if let float {
                    .float(float)
                } else if let int {
                    .int(int)
                } else if !floats.isEmpty {
                    .floats(floats)
                } else if !strings.isEmpty {
                    .strings(strings)
                } else if let other {
                    .unsupported(other)
                } else {
                    .ints(ints)
                }
            default: throw .malformed(offset: start, detail: "attribute '\(name)' has type \(type ?? 0)")
            }
    }

    private static let unsupportedKinds = [
        10: "tensors", 11: "graphs", 14: "type_proto", 15: "type_protos", 22: "sparse_tensor", 23: "sparse_tensors",
    ]

    private static func required<Payload>(
        _ payload: Payload?, _ kind: String, _ name: String, _ offset: Int
    ) -> Result<Payload, ONNXFormatError> {
        guard let payload else {
            return .failure(.malformed(offset: offset, detail: "attribute '\(name)' has type \(kind) and no \(kind)"))
        }
        return .success(payload)
    }
}
