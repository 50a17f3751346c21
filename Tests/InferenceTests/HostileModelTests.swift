import Graph
import Inference
import ONNX
import Tensors
import TestSupport
import Testing

@Suite("hostile models")
struct HostileModelTests {
    private static var model: ONNXBuilder {
        var model = ONNXBuilder()
        model.input("x", [1, 4, 8, 8])
        model.initializer("w", randomTensor([6, 4, 3, 3], seed: 1))
        model.initializer("d", randomTensor([6, 1, 3, 3], seed: 2))
        model.initializer("t", randomTensor([6, 2, 2, 2], seed: 3))
        model.initializer("m", randomTensor([98, 3], seed: 4))
        model.initializer("b", randomTensor([3], seed: 5))
        model.initializer("shape", Tensor([1, -1] as [Int64], shape: [2]))
        model.node(
            "Conv", ["x", "w"], ["c"],
            [("pads", .ints([1, 1, 1, 1])), ("strides", .ints([1, 1])), ("group", .int(1))])
        model.node("Relu", ["c"], ["r"])
        model.node(
            "Conv", ["r", "d"], ["e"], [("group", .int(6)), ("dilations", .ints([1, 1])), ("strides", .ints([2, 2]))])
        model.node(
            "ConvTranspose", ["e", "t"], ["u"], [("strides", .ints([2, 2])), ("output_padding", .ints([1, 1]))])
        model.node(
            "MaxPool", ["u"], ["p"],
            [
                ("kernel_shape", .ints([3, 3])), ("strides", .ints([1, 1])), ("pads", .ints([1, 1, 1, 1])),
                ("ceil_mode", .int(1)),
            ])
        model.node(
            "AveragePool", ["p"], ["q"], [("kernel_shape", .ints([2, 2])), ("auto_pad", .string("SAME_UPPER"))])
        model.node("Reshape", ["q", "shape"], ["f"])
        model.node("Slice", ["f", "zero", "end", "axis"], ["s"])
        model.initializer("zero", Tensor([0] as [Int64], shape: [1]))
        model.initializer("end", Tensor([98] as [Int64], shape: [1]))
        model.initializer("axis", Tensor([1] as [Int64], shape: [1]))
        model.node("Gemm", ["s", "m", "b"], ["g"], [("alpha", .float(0.5)), ("transB", .int(0))])
        model.node("Shape", ["g"], ["gs"])
        model.node("Expand", ["b", "gs"], ["be"])
        model.node("Add", ["g", "be"], ["sum"])
        model.node("Concat", ["sum", "g"], ["k"], [("axis", .int(-1))])
        model.node("Transpose", ["k"], ["tr"], [("perm", .ints([1, 0]))])
        model.node("MatMul", ["k", "tr"], ["y"])
        model.output("y")
        return model
    }

    @Test("a model with flipped bytes loads and runs, or throws", arguments: 1...8 as ClosedRange<UInt64>)
    func flips(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var options = SessionOptions()
        options.arenaByteLimit = 1 << 26
        options.limits.tensorBytes = 1 << 20
        let original = Self.model.bytes
        // Flips in the weights change no structure: leave them out.
        let weights = original.indices.filter { index in
            let window = original[max(0, index - 40)...min(original.count - 1, index + 40)]
            return window.count { $0 > 127 || $0 < 2 } > 50
        }
        let structure = original.indices.filter { !weights.contains($0) }
        var ran = 0
        for _ in 0..<400 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let place = structure.randomElement(using: &generator) ?? 0
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let session = try? Session(storage: ByteStorage(bytes), options: options),
                let input = session.inputs.first, let shape = input.type.fixedShape, shape.elementCount < 1 << 16
            else { continue }
            _ = try? session.run([input.name: Tensor(dataType: input.type.dataType, shape: shape)])
            ran += 1
        }
        #expect(ran > 0)
    }

    @Test("the unharmed model runs")
    func unharmed() throws {
        let session = try Session(storage: ByteStorage(Self.model.bytes))
        let x = randomTensor([1, 4, 8, 8], seed: 6)
        #expect(try session.run(["x": x])["y"]?.shape == [1, 1])
    }
}
