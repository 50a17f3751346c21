import Graph
import Inference
import Tensors
import TestSupport
import Testing

/// Quantised networks as quantisers write them: DequantizeLinear before and QuantizeLinear after each operator.
private struct QuantizedModel {
    var model = ONNXBuilder(opset: 17)
    private var generator = SplitMix64(seed: 5)

    mutating func quantize(_ x: String, _ y: String, scale: Float, zero: Int, isSigned: Bool = false) {
        constants(y, scale, zero, isSigned)
        model.node("QuantizeLinear", [x, y + "_scale", y + "_zero"], [y])
    }

    mutating func dequantize(_ x: String, _ y: String) {
        model.node("DequantizeLinear", [x, x + "_scale", x + "_zero"], [y])
    }

    private mutating func constants(_ name: String, _ scale: Float, _ zero: Int, _ isSigned: Bool) {
        model.initializer(name + "_scale", Tensor(scalar: scale))
        model.initializer(name + "_zero", isSigned ? Tensor(scalar: Int8(zero)) : Tensor(scalar: UInt8(zero)))
    }

    /// Levels of int8 with one scale for each index along an axis.
    mutating func weights(_ name: String, _ shape: Shape, axis: Int = 0) {
        let levels = (0..<shape.elementCount).map { _ in Int8.random(in: -127...127, using: &generator) }
        let scales = (0..<shape[axis]).map { _ in Float.random(in: 0.001...0.004, using: &generator) }
        model.initializer(name + "_levels", Tensor(levels, shape: shape))
        model.initializer(name + "_scale", Tensor(scales, shape: [shape[axis]]))
        model.initializer(name + "_zero", Tensor([Int8](repeating: 0, count: shape[axis]), shape: [shape[axis]]))
        model.node(
            "DequantizeLinear", [name + "_levels", name + "_scale", name + "_zero"], [name], [("axis", .int(axis))])
    }

    mutating func reals(_ name: String, _ count: Int) {
        model.initializer(name, randomTensor([count], seed: UInt64(count)))
    }

    /// x: [N, channels, …], quantised, through a convolution to levels `y`.
    mutating func convolution(
        _ x: String, _ y: String, _ shape: Shape, _ attributes: [(String, ONNXBuilder.AttributeValue)] = [],
        activation: (op: String, inputs: [String])? = nil, zero: Int = 110
    ) {
        dequantize(x, y + "_x")
        weights(y + "_w", shape)
        reals(y + "_b", shape[0])
        model.node("Conv", [y + "_x", y + "_w", y + "_b"], [y + "_c"], attributes)
        if let activation {
            model.node(activation.op, [y + "_c"] + activation.inputs, [y + "_a"])
            quantize(y + "_a", y, scale: 0.02, zero: zero)
        } else {
            quantize(y + "_c", y, scale: 0.02, zero: zero)
        }
    }
}

@Suite("quantised networks")
struct QuantizedNetworkTests {
    /// Runs the network as written and on integer kernels, in both layouts. At most `differing` of a hundred levels may
    /// differ, by one. Returns the operators on blocked layout.
    @discardableResult
    private func check(
        _ model: ONNXBuilder, _ x: Tensor, differing: Int = 1, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String] {
        let written = try runModel(model, ["x": x], fuses: false)
        var listing: [String] = []
        for isBlocked in [false, true] {
            let integer = try runModel(model, ["x": x], fuses: true, isBlocked: isBlocked)
            let expected = try #require(written.outputs["y"]), found = try #require(integer.outputs["y"])
            #expect(found.shape == expected.shape, sourceLocation: sourceLocation)
            let differences = zip(expected.array(of: UInt8.self), found.array(of: UInt8.self)).map {
                abs(Int($0) - Int($1))
            }
            #expect(differences.max() ?? 0 <= 1, sourceLocation: sourceLocation)
            #expect(differences.count { $0 > 0 } * 100 <= differing * differences.count, sourceLocation: sourceLocation)
            listing = integer.listing
        }
        return listing
    }

    @Test(
        "a convolution between levels is one integer operator",
        arguments: [
            ([3, 9, 8], [5, 3, 3, 3], 1, 1, 1), ([4, 11, 11], [16, 4, 5, 5], 2, 2, 1),
            ([16, 7, 6], [32, 16, 1, 1], 1, 0, 1),
            ([20, 9, 9], [33, 20, 3, 3], 2, 1, 1), ([40, 6, 5], [17, 40, 1, 1], 2, 0, 1),
            ([24, 9, 9], [24, 1, 3, 3], 1, 1, 24),
            ([17, 10, 9], [17, 1, 5, 5], 2, 2, 17), ([64, 5, 5], [32, 32, 3, 3], 1, 1, 2),
        ])
    func convolution(extents: [Int], weights: [Int], stride: Int, pad: Int, groups: Int) throws {
        for activation in [nil, ("Relu", []), ("Clip", ["low", "high"])] as [(op: String, inputs: [String])?] {
            var network = QuantizedModel()
            network.model.initializer("low", Tensor(scalar: Float(-0.5)))
            network.model.initializer("high", Tensor(scalar: Float(1.5)))
            network.model.input("x", [2] + extents.map { .fixed($0) })
            network.quantize("x", "q", scale: 0.01, zero: 121)
            network.convolution(
                "q", "y", Shape(weights),
                [
                    ("strides", .ints([stride, stride])), ("pads", .ints([pad, pad, pad, pad])),
                    ("group", .int(groups)),
                ], activation: activation)
            network.model.output("y")
            let listing = try check(network.model, randomTensor(Shape([2] + extents), seed: 3))
            #expect(listing.contains("QuantizedConv"))
            #expect(!listing.contains { ["Conv", "BlockedConv", "DequantizeLinear", "Relu", "Clip"].contains($0) })
        }
    }

    @Test("activations with roundings in between become a table in the convolution")
    func table() throws {
        var network = QuantizedModel()
        network.model.input("x", [1, 16, 8, 8])
        network.quantize("x", "q", scale: 0.01, zero: 121)
        network.convolution("q", "c", [24, 16, 1, 1])
        network.dequantize("c", "cr")
        network.model.node("Sigmoid", ["cr"], ["s"])
        network.quantize("s", "sq", scale: 1.0 / 255, zero: 0)
        network.dequantize("sq", "sr")
        network.model.node("Mul", ["cr", "sr"], ["m"])
        network.quantize("m", "y", scale: 0.03, zero: 20)
        network.model.output("y")
        let listing = try check(network.model, randomTensor([1, 16, 8, 8], seed: 3))
        #expect(listing == ["QuantizeLinear", "ToBlocks", "QuantizedConv", "FromBlocks"])
    }

    @Test("the addition of a residual joins the convolution before it", arguments: [false, true])
    func residual(isRectified: Bool) throws {
        var network = QuantizedModel()
        network.model.input("x", [1, 24, 7, 7])
        network.quantize("x", "q", scale: 0.01, zero: 121)
        network.convolution("q", "c", [24, 24, 3, 3], [("pads", .ints([1, 1, 1, 1]))])
        network.dequantize("c", "cr")
        network.dequantize("q", "qr")
        network.model.node("Add", ["qr", "cr"], ["sum"])
        if isRectified { network.model.node("Relu", ["sum"], ["r"]) }
        network.quantize(isRectified ? "r" : "sum", "y", scale: 0.025, zero: isRectified ? 0 : 100)
        network.model.output("y")
        let listing = try check(network.model, randomTensor([1, 24, 7, 7], seed: 3))
        #expect(listing == ["QuantizeLinear", "ToBlocks", "QuantizedConv", "FromBlocks"])
    }

    @Test("squeeze and excitation stays in levels")
    func squeeze() throws {
        var network = QuantizedModel()
        network.model.input("x", [2, 20, 9, 7])
        network.quantize("x", "q", scale: 0.01, zero: 121)
        network.dequantize("q", "qr")
        network.model.node("GlobalAveragePool", ["qr"], ["mean"])
        network.quantize("mean", "mq", scale: 0.004, zero: 100)
        network.convolution("mq", "g", [20, 20, 1, 1])
        network.dequantize("g", "gr")
        network.model.node("Sigmoid", ["gr"], ["s"])
        network.quantize("s", "sq", scale: 1.0 / 255, zero: 0)
        network.dequantize("sq", "sr")
        network.model.node("Mul", ["qr", "sr"], ["m"])
        network.quantize("m", "y", scale: 0.008, zero: 128)
        network.model.output("y")
        let listing = try check(network.model, randomTensor([2, 20, 9, 7], seed: 3), differing: 3)
        #expect(listing.filter { $0.hasPrefix("Quantized") }.count == 3)
        #expect(!listing.contains("DequantizeLinear") && !listing.contains("Sigmoid"))
    }

    @Test("operators that move elements work on levels, and Concat brings its parts to one scale")
    func movers() throws {
        var network = QuantizedModel()
        network.model.input("x", [1, 32, 8, 8])
        network.quantize("x", "q", scale: 0.01, zero: 121)
        network.convolution("q", "a", [16, 32, 1, 1])
        network.convolution("q", "b", [32, 32, 3, 3], [("pads", .ints([1, 1, 1, 1]))], zero: 90)
        network.dequantize("a", "ar")
        network.dequantize("b", "br")
        network.model.node("Concat", ["ar", "br"], ["joined"], [("axis", .int(1))])
        network.quantize("joined", "j", scale: 0.023, zero: 100)
        network.dequantize("j", "jr")
        network.model.node(
            "MaxPool", ["jr"], ["p"],
            [("kernel_shape", .ints([3, 3])), ("strides", .ints([2, 2])), ("pads", .ints([1, 1, 1, 1]))])
        network.quantize("p", "pq", scale: 0.023, zero: 100)
        network.dequantize("pq", "pr")
        network.model.node("Transpose", ["pr"], ["t"], [("perm", .ints([0, 2, 3, 1]))])
        network.quantize("t", "y", scale: 0.023, zero: 100)
        network.model.output("y")
        let listing = try check(network.model, randomTensor([1, 32, 8, 8], seed: 3), differing: 2)
        #expect(
            listing == [
                "QuantizeLinear", "ToBlocks", "QuantizedConv", "QuantizedConv", "Concat", "QuantizedMaxPool",
                // The network's output keeps its name: levels that stay as they are are copied to it.
                "FromBlocks", "Transpose", "LevelTable",
            ])
    }

    @Test("products with a constant matrix run on levels", arguments: ["Gemm", "MatMul"], [5, 16, 40])
    func product(op: String, columns: Int) throws {
        var network = QuantizedModel()
        network.model.input("x", [7, 37])
        network.quantize("x", "q", scale: 0.01, zero: 121)
        network.dequantize("q", "qr")
        network.weights("w", op == "Gemm" ? [columns, 37] : [37, columns], axis: op == "Gemm" ? 0 : 1)
        network.reals("b", columns)
        network.model.node(
            op, op == "Gemm" ? ["qr", "w", "b"] : ["qr", "w"], ["p"], op == "Gemm" ? [("transB", .int(1))] : [])
        network.quantize("p", "y", scale: 0.02, zero: 100)
        network.model.output("y")
        let listing = try check(network.model, randomTensor([7, 37], seed: 3))
        #expect(listing == ["QuantizeLinear", "QuantizedProduct"])
    }

    @Test("a transposed convolution whose windows lie side by side runs on levels", arguments: [5, 40])
    func transposed(outputs: Int) throws {
        var network = QuantizedModel()
        network.model.input("x", [2, 20, 5, 7])
        network.quantize("x", "q", scale: 0.01, zero: 121)
        network.dequantize("q", "qr")
        network.weights("w", [20, outputs, 2, 2], axis: 1)
        network.reals("b", outputs)
        network.model.node("ConvTranspose", ["qr", "w", "b"], ["c"], [("strides", .ints([2, 2]))])
        network.quantize("c", "y", scale: 0.02, zero: 110)
        network.model.output("y")
        let listing = try check(network.model, randomTensor([2, 20, 5, 7], seed: 3))
        #expect(listing.contains("QuantizedConvTranspose") && !listing.contains("DequantizeLinear"))
    }

    @Test("convolutions and products written on levels go to the same kernels")
    func linear() throws {
        var network = QuantizedModel()
        network.model.input("x", [2, 20, 6, 6])
        network.quantize("x", "q", scale: 0.01, zero: 121)
        network.weights("w", [18, 20, 3, 3])
        network.model.initializer("bias", Tensor((0..<18).map { Int32($0 * 40 - 300) }, shape: [18]))
        network.model.initializer("s", Tensor(scalar: Float(0.02)))
        network.model.initializer("z", Tensor(scalar: UInt8(99)))
        network.model.node(
            "QLinearConv", ["q", "q_scale", "q_zero", "w_levels", "w_scale", "w_zero", "s", "z", "bias"], ["c"])
        network.weights("m", [4, 9], axis: 1)
        network.model.node(
            "QLinearMatMul", ["c", "s", "z", "m_levels", "m_scale", "m_zero", "s", "z"], ["y"])
        network.model.output("y")
        let listing = try check(network.model, randomTensor([2, 20, 6, 6], seed: 3), differing: 2)
        #expect(
            listing == ["QuantizeLinear", "ToBlocks", "QuantizedConv", "FromBlocks", "QuantizedProduct"])
    }

    @Test("levels of int8 are shifted to uint8")
    func signed() throws {
        var network = QuantizedModel()
        network.model.input("x", [1, 16, 6, 6])
        network.quantize("x", "q", scale: 0.01, zero: -7, isSigned: true)
        network.convolution("q", "y", [16, 16, 3, 3])
        network.model.output("y")
        let listing = try check(network.model, randomTensor([1, 16, 6, 6], seed: 3))
        #expect(listing.contains("QuantizedConv") && !listing.contains("BlockedConv"))
    }

    @Test("a convolution whose output nobody quantises makes real numbers")
    func reals() throws {
        var network = QuantizedModel()
        network.model.input("x", [1, 16, 6, 6])
        network.quantize("x", "q", scale: 0.01, zero: 121)
        network.dequantize("q", "qr")
        network.weights("w", [20, 16, 3, 3])
        network.model.node("Conv", ["qr", "w"], ["y"])
        network.model.output("y")
        let x = ["x": randomTensor([1, 16, 6, 6], seed: 3)]
        let written = try runModel(network.model, x, fuses: false)
        let integer = try runModel(network.model, x, fuses: true, isBlocked: true)
        #expect(integer.listing == ["QuantizeLinear", "ToBlocks", "QuantizedConv", "FromBlocks"])
        expectClose(integer.outputs["y"], written.outputs["y"])
    }

    @Test("a scale of 0 or of no number stays with the operators written", arguments: [0, Float.nan, .infinity])
    func hostileScale(scale: Float) throws {
        var network = QuantizedModel()
        network.model.input("x", [1, 16, 6, 6])
        network.quantize("x", "q", scale: scale, zero: 121)
        network.convolution("q", "y", [16, 16, 3, 3])
        network.model.output("y")
        let run = try runModel(
            network.model, ["x": randomTensor([1, 16, 6, 6], seed: 3)], fuses: true, isBlocked: true)
        #expect(!run.listing.contains("QuantizedConv"))
    }

    @Test("threads and batch change no level")
    func threads() throws {
        var network = QuantizedModel()
        network.model.input("x", ["n", 32, 30, 30])
        network.quantize("x", "q", scale: 0.01, zero: 121)
        network.convolution("q", "a", [64, 32, 3, 3], [("pads", .ints([1, 1, 1, 1]))])
        network.convolution("a", "d", [64, 1, 3, 3], [("pads", .ints([1, 1, 1, 1])), ("group", .int(64))])
        network.convolution("d", "y", [48, 64, 1, 1])
        network.model.output("y")
        let session = try Session(storage: ByteStorage(network.model.bytes))
        let x = randomTensor([3, 32, 30, 30], seed: 3)
        let whole = try session.run(["x": x])["y"].map { $0.array(of: UInt8.self) }
        for width in [2, 3, 5] {
            let parallelism = Parallelism(width: width) { count, piece in
                for index in (0..<count).reversed() { piece(index) }
            }
            #expect(try session.run(["x": x], parallelism: parallelism)["y"]?.array(of: UInt8.self) == whole)
        }
        let elements = x.array(of: Float.self)
        let alone = try (0..<3).flatMap { image in
            let one = Tensor(Array(elements[image * 28800..<(image + 1) * 28800]), shape: [1, 32, 30, 30])
            return try session.run(["x": one])["y"].map { $0.array(of: UInt8.self) } ?? []
        }
        #expect(alone == whole)
    }
}
