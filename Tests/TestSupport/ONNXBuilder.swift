package import Tensors

/// Makes small ONNX models for tests.
package struct ONNXBuilder {
    package enum AttributeValue {
        case int(Int)
        case ints([Int])
        case float(Float)
        case string(String)
        case tensor(Tensor)
        case graph(ONNXBuilder)
        case reference(String)
    }

    package struct Node {
        var op: String
        var domain: String
        var inputs: [String]
        var outputs: [String]
        var attributes: [(String, AttributeValue)]
    }

    package struct Function {
        var name: String
        var domain: String
        var inputs: [String]
        var outputs: [String]
        var nodes: [Node]
    }

    /// An extent that is fixed, or a symbol.
    package enum Extent: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
        case fixed(Int)
        case symbol(String)
        package init(integerLiteral value: Int) { self = .fixed(value) }
        package init(stringLiteral value: String) { self = .symbol(value) }
    }

    package var opset = 13
    package var opsets: [(String, Int)] = []
    package var metadata: [(String, String)] = []
    package var nodes: [Node] = []
    package var functions: [Function] = []
    private var inputs: [(String, DataType, [Extent])] = []
    private var outputs: [String] = []
    private var initializers: [(String, Tensor)] = []

    package init(opset: Int = 13) { self.opset = opset }

    package mutating func input(_ name: String, _ extents: [Extent], _ type: DataType = .float32) {
        inputs.append((name, type, extents))
    }

    package mutating func output(_ name: String) { outputs.append(name) }

    package mutating func initializer(_ name: String, _ tensor: Tensor) { initializers.append((name, tensor)) }

    package mutating func node(
        _ op: String, _ inputs: [String], _ outputs: [String], domain: String = "",
        _ attributes: [(String, AttributeValue)] = []
    ) {
        nodes.append(Node(op: op, domain: domain, inputs: inputs, outputs: outputs, attributes: attributes))
    }

    package mutating func function(
        _ name: String, domain: String, _ inputs: [String], _ outputs: [String], body: (inout ONNXBuilder) -> Void
    ) {
        var inner = ONNXBuilder()
        body(&inner)
        functions.append(Function(name: name, domain: domain, inputs: inputs, outputs: outputs, nodes: inner.nodes))
    }

    /// The serialised `ModelProto`.
    package var bytes: [UInt8] {
        var writer = ProtoWriter()
        writer.int(1, 8)
        writer.string(2, "tests")
        writer.message(7) { writeGraph(&$0) }
        for (domain, version) in [("", opset)] + opsets { writer.message(8) { Self.write(&$0, domain, version) } }
        for (key, value) in metadata {
            writer.message(14) {
                $0.string(1, key)
                $0.string(2, value)
            }
        }
        for function in functions {
            writer.message(25) { writer in
                writer.string(1, function.name)
                for name in function.inputs { writer.string(4, name) }
                for name in function.outputs { writer.string(5, name) }
                for node in function.nodes { writer.message(7) { Self.write(&$0, node) } }
                writer.message(9) { Self.write(&$0, "", opset) }
                writer.string(10, function.domain)
            }
        }
        return writer.bytes
    }

    private static func write(_ writer: inout ProtoWriter, _ domain: String, _ version: Int) {
        writer.string(1, domain)
        writer.int(2, version)
    }

    private func writeGraph(_ writer: inout ProtoWriter) {
        for node in nodes { writer.message(1) { Self.write(&$0, node) } }
        writer.string(2, "graph")
        for (name, tensor) in initializers { writer.message(5) { Self.write(&$0, tensor, name: name) } }
        for (name, type, extents) in inputs {
            writer.message(11) { writer in
                writer.string(1, name)
                writer.message(2) { type_ in
                    type_.message(1) { tensor in
                        tensor.int(1, Int(type.rawValue))
                        tensor.message(2) { shape in
                            for extent in extents {
                                shape.message(1) { dimension in
                                    switch extent {
                                    case .fixed(let value): dimension.int(1, value)
                                    case .symbol(let name): dimension.string(2, name)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        for name in outputs { writer.message(12) { $0.string(1, name) } }
    }

    private static func write(_ writer: inout ProtoWriter, _ node: Node) {
        for name in node.inputs { writer.string(1, name) }
        for name in node.outputs { writer.string(2, name) }
        writer.string(4, node.op)
        for (name, value) in node.attributes {
            writer.message(5) { writer in
                writer.string(1, name)
                switch value {
                case .float(let value):
                    writer.float(2, value)
                    writer.int(20, 1)
                case .int(let value):
                    writer.int(3, value)
                    writer.int(20, 2)
                case .string(let value):
                    writer.string(4, value)
                    writer.int(20, 3)
                case .tensor(let tensor):
                    writer.message(5) { write(&$0, tensor, name: "") }
                    writer.int(20, 4)
                case .graph(let graph):
                    writer.message(6) { graph.writeGraph(&$0) }
                    writer.int(20, 5)
                case .ints(let values):
                    for value in values { writer.int(8, value) }
                    writer.int(20, 7)
                case .reference(let attribute):
                    writer.string(21, attribute)
                    writer.int(20, 2)
                }
            }
        }
        writer.string(7, node.domain)
    }

    /// A `TensorProto` with raw data.
    package static func write(_ writer: inout ProtoWriter, _ tensor: Tensor, name: String) {
        for extent in tensor.shape.dimensions { writer.int(1, extent) }
        writer.int(2, Int(tensor.dataType.rawValue))
        writer.string(8, name)
        writer.data(9, Array(tensor.bytes))
    }
}
