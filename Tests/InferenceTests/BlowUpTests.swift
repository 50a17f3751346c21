import Graph
import Inference
import Tensors
import TestSupport
import Testing

/// Small models that ask for much: refused before memory is set aside, by the limit of the session.
@Suite("models that blow up")
struct BlowUpTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var op: String
        /// The value that decides the size, given at run time.
        var input: Tensor
        var attributes: [(String, ONNXBuilder.AttributeValue)] = []
        var testDescription: String { op }
    }

    static let cases: [Case] = [
        Case(op: "ConstantOfShape", input: Tensor([20_000, 20_000] as [Int64], shape: [2])),
        Case(op: "Expand", input: Tensor([20_000, 20_000] as [Int64], shape: [2])),
        Case(op: "Tile", input: Tensor([20_000, 20_000] as [Int64], shape: [2])),
        Case(op: "Range", input: Tensor(scalar: Int64(400_000_000))),
        Case(op: "Pad", input: Tensor([20_000, 0, 0, 20_000] as [Int64], shape: [4])),
        Case(op: "OneHot", input: Tensor(scalar: Int64(400_000_000))),
        Case(op: "Resize", input: Tensor([20_000, 20_000] as [Int64], shape: [2])),
        Case(op: "CenterCropPad", input: Tensor([20_000, 20_000] as [Int64], shape: [2])),
        Case(op: "EyeLike", input: Tensor([20_000, 20_000] as [Int64], shape: [2])),
    ]

    private func model(_ sample: Case, asConstant: Bool) -> ONNXBuilder {
        var model = ONNXBuilder(opset: 18)
        model.input("x", [1, 1])
        if asConstant {
            model.initializer("n", sample.input)
        } else {
            model.input("n", sample.input.shape.dimensions.map { .fixed($0) }, .int64)
        }
        model.initializer("zero", Tensor(scalar: Int64(0)))
        model.initializer("one", Tensor(scalar: Int64(1)))
        model.initializer("values", Tensor([0, 1] as [Float], shape: [2]))
        switch sample.op {
        case "ConstantOfShape": model.node(sample.op, ["n"], ["y"])
        case "Range": model.node(sample.op, ["zero", "n", "one"], ["y"])
        case "OneHot": model.node(sample.op, ["zero", "n", "values"], ["y"])
        case "Resize": model.node(sample.op, ["x", "", "", "n"], ["y"])
        case "EyeLike":
            model.node("Expand", ["x", "n"], ["e"])
            model.node(sample.op, ["e"], ["y"])
        default: model.node(sample.op, ["x", "n"], ["y"])
        }
        model.output("y")
        return model
    }

    @Test(
        "a size over the session's limit is refused, given with the model or at run time", arguments: cases,
        [true, false])
    func refused(sample: Case, asConstant: Bool) throws {
        var options = SessionOptions()
        options.arenaByteLimit = 1 << 24
        do {
            let session = try Session(
                storage: ByteStorage(model(sample, asConstant: asConstant).bytes), options: options)
            var inputs = ["x": Tensor([1] as [Float], shape: [1, 1])]
            if !asConstant { inputs["n"] = sample.input }
            _ = try session.run(inputs)
            Issue.record("ran")
        } catch let error as GraphError {
            guard case .limitExceeded(_, let limit, let value) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(value > limit)
        } catch SessionError.graph(.limitExceeded) {}
    }

    @Test("a loop that stacks without end stops at the session's limit")
    func endlessLoop() throws {
        var body = ONNXBuilder()
        body.input("i", [], .int64)
        body.input("goOn", [], .bool)
        body.initializer("row", Tensor([Float](repeating: 1, count: 1024), shape: [1024]))
        body.node("Identity", ["goOn"], ["still"])
        body.node("Identity", ["row"], ["made"])
        body.output("still")
        body.output("made")
        var model = ONNXBuilder()
        model.input("n", [], .int64)
        model.node("Loop", ["n", ""], ["y"], [("body", .graph(body))])
        model.output("y")
        var options = SessionOptions()
        options.arenaByteLimit = 1 << 20
        let session = try Session(storage: ByteStorage(model.bytes), options: options)
        #expect(try session.run(["n": Tensor(scalar: Int64(3))])["y"]?.shape == [3, 1024])
        #expect(throws: GraphError.self) { try session.run(["n": Tensor(scalar: Int64.max)]) }
    }

    @Test("nodes in a circle, and functions that call themselves, are refused")
    func circles() {
        var model = ONNXBuilder()
        model.input("x", [1])
        model.node("Add", ["x", "b"], ["a"])
        model.node("Relu", ["a"], ["b"])
        model.output("b")
        #expect(throws: SessionError.self) { try Session(storage: ByteStorage(model.bytes)) }
        var recursive = ONNXBuilder()
        recursive.opsets = [("own", 1)]
        recursive.input("x", [1])
        recursive.node("F", ["x"], ["y"], domain: "own")
        recursive.function("F", domain: "own", ["a"], ["b"]) { $0.node("F", ["a"], ["b"], domain: "own") }
        recursive.output("y")
        #expect(throws: SessionError.self) { try Session(storage: ByteStorage(recursive.bytes)) }
    }

    @Test("an operator that is not there is named with its opset and advice")
    func unknownOperator() {
        var model = ONNXBuilder(opset: 17)
        model.input("x", [1])
        model.node("STFT", ["x", "x"], ["y"])
        model.output("y")
        do {
            _ = try Session(storage: ByteStorage(model.bytes))
            Issue.record("loaded")
        } catch {
            #expect("\(error)".contains("operator STFT is not supported at opset 17: export the model"))
        }
    }
}
