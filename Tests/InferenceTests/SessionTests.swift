import Graph
import Inference
import Operators
import Tensors
import TestSupport
import Testing

@Suite("session")
struct SessionTests {
    private static var perceptron: ONNXBuilder {
        var model = ONNXBuilder()
        model.input("x", ["batch", 8])
        model.initializer("w", randomTensor([8, 4], seed: 1))
        model.initializer("b", randomTensor([4], seed: 2))
        model.node("Gemm", ["x", "w", "b"], ["h"])
        model.node("Relu", ["h"], ["r"])
        model.node("Add", ["r", "r"], ["y"])
        model.output("y")
        return model
    }

    private func session(_ model: ONNXBuilder) throws(SessionError) -> Session {
        try Session(storage: ByteStorage(model.bytes))
    }

    @Test("lists inputs, outputs, opset and the file's digest")
    func facts() throws {
        let session = try session(Self.perceptron)
        #expect(session.inputs.map(\.name) == ["x"])
        #expect(session.inputs[0].type == ValueType(.float32, [.symbol("batch"), .fixed(8)]))
        #expect(session.outputs[0].type == ValueType(.float32, [.symbol("batch"), .fixed(4)]))
        #expect(session.opset == 13)
        #expect(session.sha256 == SHA256.hex(of: Self.perceptron.bytes))
    }

    @Test("int8 is refused to a network that is not quantised, and said of one that is, whatever was asked for")
    func int8() throws {
        var options = SessionOptions()
        options.precision = .int8
        #expect(throws: SessionError.notQuantized) {
            try Session(storage: ByteStorage(Self.perceptron.bytes), options: options)
        }
        var model = ONNXBuilder()
        model.input("x", [1, 8])
        model.initializer("scale", Tensor(scalar: Float(0.5)))
        model.initializer("zero", Tensor(scalar: UInt8(128)))
        model.node("QuantizeLinear", ["x", "scale", "zero"], ["q"])
        model.node("DequantizeLinear", ["q", "scale", "zero"], ["y"])
        model.output("y")
        #expect(try Session(storage: ByteStorage(model.bytes), options: options).precision == .int8)
        #expect(try session(model).precision == .int8)
        #expect(try session(Self.perceptron).precision == .fp32)
    }

    @Test("a symbolic extent takes what the input gives, one context for each", arguments: [1, 2, 7])
    func symbolicExtents(batch: Int) throws {
        let session = try session(Self.perceptron)
        let x = randomTensor([batch, 8], seed: 3)
        let context = try session.makeContext(["x": ValueType(.float32, shape: x.shape)])
        let y = try context.run(["x": x])["y"]
        #expect(y?.shape == [batch, 4])
        let alone = try session.run(["x": Tensor(Array(x.array(of: Float.self)[..<8]), shape: [1, 8])])["y"]
        expectClose(alone, y.map { Tensor(Array($0.array(of: Float.self)[..<4]), shape: [1, 4]) })
    }

    @Test("a context gives the same answer run after run, and keeps no old output")
    func repeatable() throws {
        let context = try session(Self.perceptron).makeContext(["x": ValueType(.float32, [.fixed(2), .fixed(8)])])
        let first = try context.run(["x": randomTensor([2, 8], seed: 4)])["y"]?.array(of: Float.self)
        let kept = try context.run(["x": randomTensor([2, 8], seed: 5)])
        let again = try context.run(["x": randomTensor([2, 8], seed: 4)])["y"]?.array(of: Float.self)
        #expect(first == again)
        #expect(kept["y"]?.array(of: Float.self) != again)
    }

    @Test("inputs that are missing, extra, or of the wrong type or shape are refused by name")
    func badInputs() throws {
        let session = try session(Self.perceptron)
        let good = randomTensor([2, 8], seed: 1)
        let context = try session.makeContext(["x": ValueType(.float32, shape: [2, 8])])
        #expect(throws: GraphError.badInput(name: "x", expected: "float32[2,8]", found: "nothing")) {
            try context.run([:])
        }
        #expect(throws: GraphError.badInput(name: "x", expected: "float32[2,8]", found: "float32[3,8]")) {
            try context.run(["x": randomTensor([3, 8], seed: 1)])
        }
        #expect(throws: GraphError.self) { try context.run(["x": good, "extra": good]) }
        #expect(throws: GraphError.self) { try session.run(["x": Tensor(dataType: .int64, shape: [2, 8])]) }
        #expect(throws: GraphError.self) { try session.run(["x": randomTensor([2, 9], seed: 1)]) }
        #expect(throws: GraphError.self) { try session.makeContext() }
    }

    @Test("a cancelled run throws and leaves the context usable")
    func cancellation() throws {
        let context = try session(Self.perceptron).makeContext(["x": ValueType(.float32, shape: [1, 8])])
        let x = ["x": randomTensor([1, 8], seed: 1)]
        #expect(throws: GraphError.cancelled) { try context.run(x, isCancelled: { true }) }
        #expect(try context.run(x).count == 1)
    }

    @Test("contexts of one session run at the same time")
    func concurrency() async throws {
        let session = try session(Self.perceptron)
        let expected = try session.run(["x": randomTensor([4, 8], seed: 9)])["y"]?.array(of: Float.self)
        let answers = try await withThrowingTaskGroup(of: [Float]?.self) { group in
            for _ in 0..<8 {
                group.addTask { try session.run(["x": randomTensor([4, 8], seed: 9)])["y"]?.array(of: Float.self) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0 == expected })
    }

    @Test("nodes out of order are sorted, cycles and undefined names are malformed")
    func ordering() throws {
        var model = ONNXBuilder()
        model.input("x", [3])
        model.node("Relu", ["a"], ["y"])
        model.node("Neg", ["x"], ["a"])
        model.output("y")
        let x = Tensor([-1, 0, 2] as [Float], shape: [3])
        #expect(try session(model).run(["x": x])["y"]?.array(of: Float.self) == [1, 0, 0])

        var cycle = ONNXBuilder()
        cycle.input("x", [3])
        cycle.node("Add", ["x", "b"], ["a"])
        cycle.node("Relu", ["a"], ["b"])
        cycle.output("b")
        #expect(throws: SessionError.self) { try session(cycle) }

        var undefined = ONNXBuilder()
        undefined.node("Relu", ["nothing"], ["y"])
        undefined.output("y")
        #expect(throws: SessionError.graph(.malformed(node: "", detail: "input of 'Relu_0': no value 'nothing'"))) {
            try session(undefined)
        }
        var twice = ONNXBuilder()
        twice.input("x", [3])
        twice.node("Relu", ["x"], ["y"])
        twice.node("Neg", ["x"], ["y"])
        twice.output("y")
        #expect(throws: SessionError.self) { try session(twice) }
    }

    @Test("an unknown operator and a missing required input are told apart")
    func loadErrors() throws {
        var unknown = ONNXBuilder()
        unknown.input("x", [3])
        unknown.node("Frobnicate", ["x"], ["y"])
        unknown.output("y")
        #expect(
            throws: SessionError.graph(
                .unsupportedOperator(node: "Frobnicate_0", op: "Frobnicate", domain: "", opset: 13))
        ) { try session(unknown) }
        var incomplete = ONNXBuilder()
        incomplete.input("x", [1, 1, 3, 3])
        incomplete.node("Conv", ["x"], ["y"])
        incomplete.output("y")
        #expect(throws: SessionError.graph(.malformed(node: "Conv_0", detail: "Conv: input 1 is missing"))) {
            try session(incomplete)
        }
    }

    @Test("model-local functions are inlined, attributes passed on, names kept apart")
    func functions() throws {
        var model = ONNXBuilder()
        model.opsets = [("local", 1)]
        model.input("x", [4])
        model.function("Twice", domain: "local", ["a"], ["b"]) { body in
            body.node("Add", ["a", "a"], ["t"])
            body.node("LeakyRelu", ["t"], ["b"])
        }
        model.node("Twice", ["x"], ["t"], domain: "local")
        model.node("Twice", ["t"], ["y"], domain: "local")
        model.output("y")
        let x = Tensor([1, 2, 0, 4] as [Float], shape: [4])
        #expect(try session(model).run(["x": x])["y"]?.array(of: Float.self) == [4, 8, 0, 16])
    }

    @Test("a function that calls itself stops at the depth limit")
    func recursiveFunction() {
        var model = ONNXBuilder()
        model.opsets = [("local", 1)]
        model.input("x", [4])
        model.function("Loop", domain: "local", ["a"], ["b"]) { $0.node("Loop", ["a"], ["b"], domain: "local") }
        model.node("Loop", ["x"], ["y"], domain: "local")
        model.output("y")
        #expect(throws: SessionError.self) { try session(model) }
    }

    @Test("views of inputs and of intermediates survive the reuse of memory")
    func views() throws {
        var model = ONNXBuilder()
        model.input("x", [2, 6])
        model.initializer("shape", Tensor([3, 4] as [Int64], shape: [2]))
        model.node("Reshape", ["x", "shape"], ["v"])
        model.node("Relu", ["v"], ["r"])
        model.node("Reshape", ["r", "shape"], ["rv"])
        model.node("Neg", ["r"], ["n"])
        model.node("Add", ["rv", "n"], ["zero"])
        model.node("Add", ["zero", "v"], ["y"])
        model.output("y")
        model.output("rv")
        let x = randomTensor([2, 6], seed: 7)
        let outputs = try session(model).run(["x": x])
        #expect(outputs["y"]?.array(of: Float.self) == x.array(of: Float.self))
        #expect(outputs["rv"]?.array(of: Float.self) == x.array(of: Float.self).map { max($0, 0) })
    }
}
