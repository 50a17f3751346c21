import Inference
import ONNX
import Quantization
import Tensors
import TestSupport

/// A detector in miniature: convolutions with ReLU, SiLU, a residual, depthwise and strided ones, Concat, pooling, a head.
enum SmallNetwork {
    static func numbers(_ shape: Shape, seed: UInt64, spread: Float = 1) -> Tensor {
        var random = SplitMix64(seed: seed)
        let numbers = (0..<shape.elementCount).map { _ in
            (Float(random.next() >> 40) / Float(1 << 23) - 1) * spread
        }
        return Tensor(numbers, shape: shape)
    }

    static func builder(opset: Int = 13) -> ONNXBuilder {
        var model = ONNXBuilder(opset: opset)
        model.input("x", ["N", 3, 16, 16])
        func conv(_ input: String, _ output: String, _ shape: Shape, group: Int = 1, stride: Int = 1, seed: UInt64) {
            let pad = shape[2] / 2
            model.initializer("\(output).w", numbers(shape, seed: seed, spread: 0.5))
            model.initializer("\(output).b", numbers([shape[0]], seed: seed + 100, spread: 0.3))
            model.node(
                "Conv", [input, "\(output).w", "\(output).b"], [output],
                [
                    ("pads", .ints([pad, pad, pad, pad])), ("group", .int(group)),
                    ("strides", .ints([stride, stride])),
                ])
        }
        conv("x", "a", [8, 3, 3, 3], seed: 1)
        model.node("Relu", ["a"], ["ar"])
        conv("ar", "b", [8, 1, 3, 3], group: 8, seed: 2)
        model.node("Relu", ["b"], ["br"])
        conv("br", "c", [8, 8, 1, 1], seed: 3)
        model.node("Add", ["c", "ar"], ["d"])
        conv("d", "e", [8, 8, 1, 1], seed: 4)
        model.node("Sigmoid", ["e"], ["es"])
        model.node("Mul", ["e", "es"], ["f"])
        model.node("MaxPool", ["f"], ["g"], [("kernel_shape", .ints([3, 3])), ("pads", .ints([1, 1, 1, 1]))])
        model.node("Concat", ["f", "g"], ["h"], [("axis", .int(1))])
        conv("h", "y", [4, 16, 1, 1], seed: 5)
        model.node("Sigmoid", ["y"], ["z"])
        model.output("z")
        return model
    }

    static func float(opset: Int = 13) throws -> FloatNetwork {
        try FloatNetwork(ONNXModel(storage: ByteStorage(builder(opset: opset).bytes)))
    }

    static func samples(_ count: Int) -> [[String: Tensor]] {
        (0..<count).map { ["x": numbers([1, 3, 16, 16], seed: UInt64(1000 + $0))] }
    }

    /// A network's output on samples, one after the other.
    static func outputs(_ model: ONNXModel, _ samples: [[String: Tensor]]) throws -> [Float] {
        let session = try Session(storage: ByteStorage(try model.encoded()))
        return try samples.flatMap { sample in
            try session.run(sample).values.flatMap { $0.array(of: Float.self) }
        }
    }
}

/// Root of the mean squared difference.
func difference(_ a: [Float], _ b: [Float]) -> Double {
    let sum = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return (sum / Double(max(1, a.count))).squareRoot()
}
