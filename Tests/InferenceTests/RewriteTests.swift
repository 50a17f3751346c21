import Graph
import Inference
import ONNX
import Operators
import Tensors
import TestSupport
import Testing

/// The operators of a session's graph as they run, and a run's output.
func runModel(
    _ model: ONNXBuilder, _ inputs: [String: Tensor], fuses: Bool, isBlocked: Bool = false
) throws -> (listing: [String], outputs: [String: Tensor]) {
    var options = SessionOptions()
    options.fuses = fuses
    options.usesBlockedLayout = isBlocked
    let session = try Session(storage: ByteStorage(model.bytes), options: options)
    let types = inputs.mapValues { ValueType($0.dataType, shape: $0.shape) }
    let context = try session.makeContext(types)
    let listing = context.describe().split(separator: "\n").dropLast().map { line in
        String(line.split(separator: "\t")[1])
    }
    return (listing, try context.run(inputs))
}

func randomTensor(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return Tensor((0..<shape.elementCount).map { _ in Float.random(in: -1...1, using: &generator) }, shape: shape)
}

func expectClose(_ a: Tensor?, _ b: Tensor?, within tolerance: Float = 1e-5, _ comment: Comment? = nil) {
    guard let a, let b else {
        Issue.record("a tensor is missing")
        return
    }
    #expect(a.shape == b.shape, comment)
    guard a.shape == b.shape else { return }
    let (x, y) = (a.array(of: Float.self), b.array(of: Float.self))
    let largest = y.reduce(0) { max($0, abs($1)) }
    let worst = zip(x, y).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(worst <= tolerance * max(1, largest), comment)
}

@Suite("rewrites")
struct RewriteTests {
    private static func convolution(opset: Int = 13, bias: Bool = true) -> ONNXBuilder {
        var model = ONNXBuilder(opset: opset)
        model.input("x", [1, 3, 6, 5])
        model.initializer("w", randomTensor([4, 3, 3, 3], seed: 1))
        if bias { model.initializer("b", randomTensor([4], seed: 2)) }
        model.node("Conv", bias ? ["x", "w", "b"] : ["x", "w"], ["c"], [("pads", .ints([1, 1, 1, 1]))])
        return model
    }

    private static let x = ["x": randomTensor([1, 3, 6, 5], seed: 3)]

    @Test(
        "an activation joins the convolution before it",
        arguments: [
            ("Relu", "Conv+Relu"), ("LeakyRelu", "Conv+LeakyRelu"), ("Sigmoid", "Conv+Sigmoid"), ("Tanh", "Conv+Tanh"),
            ("HardSigmoid", "Conv+HardSigmoid"),
        ])
    func activation(op: String, fused: String) throws {
        var model = Self.convolution()
        model.node(op, ["c"], ["y"])
        model.output("y")
        let before = try runModel(model, Self.x, fuses: false)
        let after = try runModel(model, Self.x, fuses: true)
        #expect(before.listing == ["Conv", op])
        #expect(after.listing == [fused])
        expectClose(after.outputs["y"], before.outputs["y"])
    }

    @Test("x times sigmoid of x becomes SiLU, in either order", arguments: [["c", "s"], ["s", "c"]])
    func siLU(operands: [String]) throws {
        var model = Self.convolution()
        model.node("Sigmoid", ["c"], ["s"])
        model.node("Mul", operands, ["y"])
        model.output("y")
        let before = try runModel(model, Self.x, fuses: false)
        let after = try runModel(model, Self.x, fuses: true)
        #expect(before.listing == ["Conv", "Sigmoid", "Mul"])
        #expect(after.listing == ["Conv+SiLU"])
        expectClose(after.outputs["y"], before.outputs["y"])
    }

    @Test("Clip joins with constant bounds, and stays when a bound is an input")
    func clip() throws {
        var model = Self.convolution()
        model.initializer("low", Tensor(scalar: Float(-0.25)))
        model.initializer("high", Tensor(scalar: Float(0.5)))
        model.node("Clip", ["c", "low", "high"], ["y"])
        model.output("y")
        let before = try runModel(model, Self.x, fuses: false)
        let after = try runModel(model, Self.x, fuses: true)
        #expect(after.listing == ["Conv+Clip"])
        expectClose(after.outputs["y"], before.outputs["y"])

        var dynamic = Self.convolution()
        dynamic.input("low", [])
        dynamic.node("Clip", ["c", "low"], ["y"])
        dynamic.output("y")
        let inputs = Self.x.merging(["low": Tensor(scalar: Float(0))]) { first, _ in first }
        #expect(try runModel(dynamic, inputs, fuses: true).listing == ["Conv", "Clip"])
    }

    @Test("an activation stays apart when somebody else reads the convolution")
    func sharedValue() throws {
        var model = Self.convolution()
        model.node("Relu", ["c"], ["y"])
        model.node("Add", ["c", "y"], ["z"])
        model.output("z")
        #expect(try runModel(model, Self.x, fuses: true).listing == ["Conv", "Relu", "Add"])
        var pinned = Self.convolution()
        pinned.node("Relu", ["c"], ["y"])
        pinned.output("y")
        pinned.output("c")
        #expect(try runModel(pinned, Self.x, fuses: true).listing == ["Conv", "Relu"])
    }

    @Test("batch normalisation folds into weights and bias", arguments: [true, false])
    func batchNormalization(bias: Bool) throws {
        var model = Self.convolution(bias: bias)
        for (index, name) in ["scale", "shift", "mean"].enumerated() {
            model.initializer(name, randomTensor([4], seed: UInt64(10 + index)))
        }
        model.initializer("variance", Tensor([0.5, 1, 2, 0.01] as [Float], shape: [4]))
        model.node(
            "BatchNormalization", ["c", "scale", "shift", "mean", "variance"], ["n"], [("epsilon", .float(1e-3))])
        model.node("Relu", ["n"], ["y"])
        model.output("y")
        let before = try runModel(model, Self.x, fuses: false)
        let after = try runModel(model, Self.x, fuses: true)
        #expect(before.listing == ["Conv", "BatchNormalization", "Relu"])
        #expect(after.listing == ["Conv+Relu"])
        expectClose(after.outputs["y"], before.outputs["y"])
    }

    @Test("constants fold, identities and dead nodes go")
    func foldAndPrune() throws {
        var model = ONNXBuilder()
        model.input("x", [2, 3])
        model.initializer("one", Tensor([1, 2, 3] as [Float], shape: [3]))
        model.node("Add", ["one", "one"], ["two"])
        model.node("Identity", ["x"], ["i"])
        model.node("Relu", ["x"], ["unread"])
        model.node("Shape", ["x"], ["shape"])
        model.node("Add", ["i", "two"], ["sum"])
        model.node("Reshape", ["sum", "shape"], ["y"])
        model.output("y")
        let run = try runModel(model, ["x": Tensor([Float](repeating: 1, count: 6), shape: [2, 3])], fuses: true)
        #expect(run.listing == ["Add", "Reshape"])
        #expect(run.outputs["y"]?.array(of: Float.self) == [3, 5, 7, 3, 5, 7])
    }

    @Test("stored halves become floats at load, however many there are")
    func foldLargeCast() throws {
        var model = ONNXBuilder()
        model.input("x", [64])
        model.initializer("stored", Tensor([Float16](repeating: 0.5, count: 64), shape: [64]))
        model.node("Cast", ["stored"], ["weights"], [("to", .int(1))])
        model.node("Add", ["x", "weights"], ["y"])
        model.output("y")
        var options = SessionOptions()
        options.folding.elementsPerValue = 8
        options.folding.elements = 0
        let session = try Session(storage: ByteStorage(model.bytes), options: options)
        let context = try session.makeContext(["x": ValueType(.float32, shape: [64])])
        #expect(!context.describe().contains("Cast"))
    }
}
