import ONNX
import Tensors
import TestSupport
import Testing

@Suite("ONNX models")
struct ModelDecodingTests {
    static var sample: ONNXBuilder {
        var model = ONNXBuilder(opset: 17)
        model.metadata = [("labels", "cat,dog")]
        model.input("x", [1, "channels", 4, 4])
        model.initializer("w", Tensor([Float](repeating: 0.5, count: 9), shape: [1, 1, 3, 3]))
        model.node(
            "Conv", ["x", "w"], ["y"],
            [
                ("pads", .ints([1, 1, 1, 1])), ("alpha", .float(0.25)), ("auto_pad", .string("NOTSET")),
                ("group", .int(-3)),
            ])
        var body = ONNXBuilder()
        body.node("Identity", ["y"], ["inner"])
        body.output("inner")
        model.node("If", ["c"], ["z"], [("then_branch", .graph(body)), ("value", .tensor(Tensor(scalar: Int64(7))))])
        model.output("z")
        return model
    }

    private func decode(_ bytes: [UInt8], _ limits: ONNXLimits = .init()) throws(ONNXFormatError) -> ONNXModel {
        try ONNXModel(storage: ByteStorage(bytes), limits: limits)
    }

    @Test("decodes graph, nodes, attributes, types and metadata")
    func decodesEverything() throws {
        let model = try decode(Self.sample.bytes)
        #expect(model.opsets == ["": 17])
        #expect(model.metadata == ["labels": "cat,dog"])
        #expect(model.producerName == "tests")
        #expect(model.graph.nodes.map(\.op) == ["Conv", "If"])
        #expect(model.graph.nodes[0].inputs == ["x", "w"])
        #expect(
            model.graph.inputs[0].kind
                == .tensor(elementType: 1, extents: [.value(1), .parameter("channels"), .value(4), .value(4)]))
        let attributes = Dictionary(uniqueKeysWithValues: model.graph.nodes[0].attributes.map { ($0.name, $0.value) })
        guard case .ints([1, 1, 1, 1])? = attributes["pads"], case .float(0.25)? = attributes["alpha"],
            case .string("NOTSET")? = attributes["auto_pad"], case .int(-3)? = attributes["group"]
        else {
            Issue.record("attributes \(attributes)")
            return
        }
        guard case .graph(let body)? = model.graph.nodes[1].attributes.first?.value else {
            Issue.record("no subgraph")
            return
        }
        #expect(body.nodes[0].inputs == ["y"])
        #expect(try model.graph.initializers[0].makeTensor().array(of: Float.self) == [Float](repeating: 0.5, count: 9))
    }

    @Test("a model cut short at any byte throws or decodes, and never traps")
    func truncation() {
        let bytes = Self.sample.bytes
        var failures = 0
        for length in bytes.indices {
            do throws(ONNXFormatError) {
                let model = try decode(Array(bytes[..<length]))
                for tensor in model.graph.initializers { _ = try tensor.makeTensor() }
            } catch {
                failures += 1
            }
        }
        #expect(failures > bytes.count / 2)
    }

    @Test("random byte flips never trap", arguments: [1, 2, 3, 4] as [UInt64])
    func flips(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let original = Self.sample.bytes
        var decoded = 0
        for _ in 0..<2_500 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if let model = try? decode(bytes) {
                for tensor in model.graph.initializers { _ = try? tensor.makeTensor() }
                decoded += 1
            }
        }
        #expect(decoded > 0)
    }

    @Test("a file without a graph is malformed")
    func noGraph() {
        #expect(throws: ONNXFormatError.malformed(offset: 0, detail: "no graph: not an ONNX model")) {
            try decode([])
        }
    }

    @Test("counts above the limits are refused by name")
    func limits() {
        var limits = ONNXLimits()
        limits.nodes = 1
        #expect(throws: ONNXFormatError.limitExceeded(what: "number of nodes", limit: 1, value: 2)) {
            try decode(Self.sample.bytes, limits)
        }
        limits = ONNXLimits()
        limits.depth = 1
        #expect(throws: ONNXFormatError.limitExceeded(what: "depth of nested graphs", limit: 1, value: 2)) {
            try decode(Self.sample.bytes, limits)
        }
    }

    @Test("graphs nested without end stop at the depth limit")
    func deepNesting() {
        var model = ONNXBuilder()
        for _ in 0..<200 {
            var outer = ONNXBuilder()
            outer.node("If", ["c"], ["y"], [("then_branch", .graph(model))])
            model = outer
        }
        #expect(throws: ONNXFormatError.limitExceeded(what: "depth of nested graphs", limit: 16, value: 17)) {
            try decode(model.bytes)
        }
    }

    @Test("varints over 64 bits are malformed")
    func longVarint() {
        #expect(throws: ONNXFormatError.self) {
            try decode([0x08] + [UInt8](repeating: 0xff, count: 10) + [0x01])
        }
    }
}
