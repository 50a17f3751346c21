package import Tensors

/// Writes models into a folder as a service loads them, without manifests.
package enum ModelFolderBuilder {
    /// `OUT` is `IN`, of any two extents.
    package static func through(_ type: DataType) -> ONNXBuilder {
        var model = ONNXBuilder()
        model.input("IN", ["N", "M"], type)
        model.node("Identity", ["IN"], ["OUT"])
        model.output("OUT")
        return model
    }

    /// `SUM` is `A` + `B`, `DIFFERENCE` is `A` − `B`, of [N, 4].
    package static var sumAndDifference: ONNXBuilder {
        var model = ONNXBuilder()
        model.input("A", ["N", 4])
        model.input("B", ["N", 4])
        model.node("Add", ["A", "B"], ["SUM"])
        model.node("Sub", ["A", "B"], ["DIFFERENCE"])
        model.output("SUM")
        model.output("DIFFERENCE")
        return model
    }

    /// A convolution of 3×3 with ReLU over [N, 2, 6, 5].
    package static var convolution: ONNXBuilder {
        var random = SplitMix64(seed: 7)
        let weights = (0..<3 * 2 * 9).map { _ in Float(random.next() % 2001) / 1000 - 1 }
        var model = ONNXBuilder()
        model.input("x", ["N", 2, 6, 5])
        model.initializer("w", Tensor(weights, shape: [3, 2, 3, 3]))
        model.node("Conv", ["x", "w"], ["y"], [("pads", .ints([1, 1, 1, 1]))])
        model.node("Relu", ["y"], ["z"])
        model.output("z")
        return model
    }

    /// Each row of `y` is that of `x` plus the sum of all rows: rows are not independent.
    package static var mixing: ONNXBuilder {
        var model = ONNXBuilder()
        model.input("x", ["N", 4])
        model.node("ReduceMean", ["x"], ["mean"], [("axes", .ints([0])), ("keepdims", .int(1))])
        model.node("Add", ["x", "mean"], ["y"])
        model.output("y")
        return model
    }

    package static func write(_ model: ONNXBuilder, _ name: String, version: String = "1", in folder: String) throws {
        let directory = "\(folder)/\(name)/\(version)"
        try FileWriting.makeDirectory(directory)
        try FileWriting.write(model.bytes, to: directory + "/model.onnx")
    }
}
