import CKernels
import Graph
import Inference
import Operators
import Tensors
import TestSupport
import Testing

@Suite("blocked convolution")
struct BlockedConvTests {
    static let cases: [ConvCase] =
        ConvTests.cases.filter { $0.size.count == 2 } + [
            ConvCase(batch: 2, 16, 24, size: [7, 7], kernel: [3, 3], pads: [1, 1, 1, 1]),
            ConvCase(48, 20, size: [15, 31], kernel: [1, 1]),
            ConvCase(40, 33, size: [16, 16], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]),
            ConvCase(20, 16, size: [9, 9], kernel: [1, 1], strides: [2, 2]),
            ConvCase(32, 64, groups: 2, size: [10, 10], kernel: [3, 3], pads: [1, 1, 1, 1]),
            ConvCase(3, 18, size: [33, 47], kernel: [6, 6], strides: [2, 2], pads: [2, 2, 2, 2]),
            ConvCase(3, 20, size: [32, 32], kernel: [16, 16], strides: [16, 16]),
            ConvCase(batch: 2, 32, 48, size: [9, 16], kernel: [3, 3], pads: [1, 0, 2, 1]),
            ConvCase(16, 16, size: [1, 3], kernel: [3, 3], pads: [1, 1, 1, 1]),
            ConvCase(64, 64, size: [40, 40], kernel: [3, 3], pads: [1, 1, 1, 1]),
            ConvCase(17, 17, groups: 17, size: [14, 14], kernel: [5, 5], strides: [2, 2], pads: [2, 2, 2, 2]),
        ]

    /// A model of one convolution, as it runs with and without blocked layout.
    static func model(_ sample: ConvCase) -> ONNXBuilder {
        var model = ONNXBuilder()
        model.input("x", ([sample.batch, sample.channels] + sample.size).map { .fixed($0) })
        model.initializer("w", sample.weights)
        model.initializer("b", sample.bias)
        model.node(
            "Conv", ["x", "w", "b"], ["y"],
            [
                ("group", .int(sample.groups)), ("strides", .ints(sample.strides)),
                ("dilations", .ints(sample.dilations)), ("pads", .ints(sample.pads)),
            ])
        model.output("y")
        return model
    }

    @Test("agrees with the definition", arguments: cases)
    func agreesWithDefinition(sample: ConvCase) throws {
        let run = try runModel(Self.model(sample), ["x": sample.x], fuses: true, isBlocked: true)
        expectClose(run.outputs["y"], sample.reference())
    }

    @Test("gives the same bits on one thread and on three, alone and in a batch", arguments: cases)
    func threads(sample: ConvCase) throws {
        let session = try Session(storage: ByteStorage(Self.model(sample).bytes))
        let three = Parallelism(width: 3) { count, piece in
            for index in (0..<count).reversed() { piece(index) }
        }
        let one = try session.run(["x": sample.x])["y"]?.array(of: Float.self)
        #expect(try session.run(["x": sample.x], parallelism: three)["y"]?.array(of: Float.self) == one)
    }

    @Test("takes activations and residuals of every kind", arguments: ["Relu", "HardSwish", ""], [true, false])
    func endings(activation: String, addsFirst: Bool) throws {
        var model = ONNXBuilder(opset: 14)
        model.input("x", [1, 16, 9, 20])
        model.initializer("w", randomTensor([16, 16, 3, 3], seed: 1))
        model.node("Conv", ["x", "w"], ["c"], [("pads", .ints([1, 1, 1, 1]))])
        model.initializer("v", randomTensor([16, 16, 3, 3], seed: 2))
        model.node("Conv", ["c", "v"], ["d"], [("pads", .ints([1, 1, 1, 1]))])
        var value = "d"
        if addsFirst {
            model.node("Add", [value, "c"], ["s"])
            value = "s"
        }
        if !activation.isEmpty {
            model.node(activation, [value], ["a"])
            value = "a"
        }
        if !addsFirst {
            model.node("Add", ["c", value], ["s"])
            value = "s"
        }
        model.node("Identity", [value], ["y"])
        model.output("y")
        let inputs = ["x": randomTensor([1, 16, 9, 20], seed: 3)]
        let before = try runModel(model, inputs, fuses: false)
        let after = try runModel(model, inputs, fuses: true, isBlocked: true)
        let ending = activation.isEmpty ? "" : "+\(activation)"
        #expect(after.listing.prefix(3) == ["ToBlocks", "BlockedConv", "BlockedConv\(ending)"])
        #expect(!after.listing.contains("Add"))
        expectClose(after.outputs["y"], before.outputs["y"])
    }
}

@Suite("blocked layout")
struct BlockedLayoutTests {
    /// A stem, a pool, a block with squeeze and excitation, a join, an upsampling, and a transposed convolution.
    static func network() -> ONNXBuilder {
        var model = ONNXBuilder(opset: 14)
        model.input("x", [2, 3, 20, 22])
        func weights(_ name: String, _ shape: Shape, _ seed: UInt64) {
            model.initializer(name, randomTensor(shape, seed: seed))
        }
        weights("w0", [24, 3, 3, 3], 1)
        weights("w1", [24, 1, 3, 3], 2)
        weights("w2", [8, 24, 1, 1], 3)
        weights("w3", [24, 8, 1, 1], 4)
        weights("w4", [32, 24, 1, 1], 5)
        weights("w5", [20, 64, 3, 3], 6)
        weights("w6", [20, 12, 2, 2], 7)
        weights("b6", [12], 8)
        model.initializer("scales", Tensor([1, 1, 2, 2] as [Float], shape: [4]))
        model.initializer("half", Tensor(scalar: Float(0.5)))
        model.node("Conv", ["x", "w0"], ["a"], [("strides", .ints([2, 2])), ("pads", .ints([1, 1, 1, 1]))])
        model.node("Relu", ["a"], ["b"])
        model.node("MaxPool", ["b"], ["c"], [("kernel_shape", .ints([3, 3])), ("pads", .ints([1, 1, 1, 1]))])
        model.node("Conv", ["c", "w1"], ["d"], [("group", .int(24)), ("pads", .ints([1, 1, 1, 1]))])
        model.node("GlobalAveragePool", ["d"], ["e"])
        model.node("Conv", ["e", "w2"], ["f"])
        model.node("Conv", ["f", "w3"], ["g"])
        model.node("Sigmoid", ["g"], ["h"])
        model.node("Mul", ["h", "d"], ["i"])
        model.node("Add", ["i", "b"], ["j"])
        model.node("Conv", ["j", "w4"], ["k"])
        model.node("Mul", ["k", "half"], ["l"])
        model.node(
            "AveragePool", ["l"], ["m"],
            [
                ("kernel_shape", .ints([2, 2])), ("strides", .ints([1, 1])), ("pads", .ints([0, 0, 1, 1])),
                ("count_include_pad", .int(1)),
            ])
        model.node("Concat", ["l", "m"], ["n"], [("axis", .int(1))])
        model.node("Conv", ["n", "w5"], ["o"])
        model.node(
            "Resize", ["o", "", "scales"], ["p"],
            [
                ("mode", .string("nearest")), ("coordinate_transformation_mode", .string("asymmetric")),
                ("nearest_mode", .string("floor")),
            ])
        model.node("ConvTranspose", ["p", "w6", "b6"], ["y"], [("strides", .ints([2, 2]))])
        model.output("y")
        model.output("i")
        return model
    }

    @Test("carries a network from its first convolution to its outputs, and changes no answer")
    func network() throws {
        let inputs = ["x": randomTensor([2, 3, 20, 22], seed: 9)]
        let before = try runModel(Self.network(), inputs, fuses: false)
        let after = try runModel(Self.network(), inputs, fuses: true, isBlocked: true)
        #expect(after.listing.filter { $0 == "ToBlocks" }.isEmpty)
        #expect(after.listing.filter { $0 == "FromBlocks" }.count == 2)
        #expect(
            after.listing == [
                "BlockedConv+Relu", "BlockedPool", "BlockedDepthwiseConv", "BlockedGlobalAveragePool", "BlockedConv",
                "BlockedConv+Sigmoid", "Mul", "Add", "BlockedConv", "Mul", "BlockedPool", "Concat", "BlockedConv",
                "BlockedResize", "BlockedConvTranspose", "FromBlocks", "FromBlocks",
            ])
        expectClose(after.outputs["y"], before.outputs["y"])
        expectClose(after.outputs["i"], before.outputs["i"])
    }

    @Test("gives the same bits at every ISA level, in a batch as alone")
    func bits() throws {
        let session = try Session(storage: ByteStorage(Self.network().bytes))
        let x = randomTensor([2, 3, 20, 22], seed: 9)
        let now = ck_isa_level()
        defer { ck_isa_force(now) }
        var answers: [[Float]?] = []
        for level in [ck_isa_portable, ck_isa_avx2, ck_isa_avx512] {
            ck_isa_force(level)
            answers.append(try session.run(["x": x])["y"]?.array(of: Float.self))
        }
        #expect(answers[0] == answers[1] && answers[1] == answers[2])
    }

    @Test("a turn to channels last leaves blocked layout at once")
    func channelsLast() throws {
        var model = ONNXBuilder()
        model.input("x", [2, 16, 5, 6])
        model.initializer("w", randomTensor([21, 16, 1, 1], seed: 1))
        model.node("Conv", ["x", "w"], ["a"])
        model.node("Transpose", ["a"], ["y"], [("perm", .ints([0, 2, 3, 1]))])
        model.output("y")
        let inputs = ["x": randomTensor([2, 16, 5, 6], seed: 2)]
        let before = try runModel(model, inputs, fuses: true)
        let after = try runModel(model, inputs, fuses: true, isBlocked: true)
        #expect(after.listing == ["ToBlocks", "BlockedConv", "ChannelsLast"])
        expectClose(after.outputs["y"], before.outputs["y"])
    }

    @Test("a value of another layout's shape is reordered once, where it is read")
    func edges() throws {
        var model = ONNXBuilder()
        model.input("x", [1, 16, 5, 5])
        model.initializer("w", randomTensor([16, 16, 1, 1], seed: 1))
        model.node("Conv", ["x", "w"], ["a"])
        model.node("Transpose", ["a"], ["t"], [("perm", .ints([0, 1, 3, 2]))])
        model.node("Conv", ["t", "w"], ["b"])
        model.node("Add", ["a", "b"], ["y"])
        model.output("y")
        let inputs = ["x": randomTensor([1, 16, 5, 5], seed: 2)]
        let before = try runModel(model, inputs, fuses: true)
        let after = try runModel(model, inputs, fuses: true, isBlocked: true)
        #expect(
            after.listing == [
                "ToBlocks", "BlockedConv", "FromBlocks", "Transpose", "ToBlocks", "BlockedConv", "FromBlocks",
            ])
        expectClose(after.outputs["y"], before.outputs["y"])
    }
}

@Suite("products with a constant matrix")
struct DenseProductTests {
    @Test(
        "MatMul with its bias, residual and GELU runs as products", arguments: [1, 13, 60], [16, 40, 96])
    func matMul(rows: Int, columns: Int) throws {
        var model = ONNXBuilder()
        model.input("x", [.fixed(rows), .fixed(columns)])
        model.initializer("w", randomTensor([columns, 64], seed: 1))
        model.initializer("b", randomTensor([64], seed: 2))
        model.initializer("v", randomTensor([64, columns], seed: 3))
        model.initializer("root", Tensor(scalar: Float(2).squareRoot()))
        model.initializer("one", Tensor(scalar: Float(1)))
        model.initializer("half", Tensor(scalar: Float(0.5)))
        model.node("MatMul", ["x", "w"], ["a"])
        model.node("Add", ["b", "a"], ["c"])
        model.node("Div", ["c", "root"], ["d"])
        model.node("Erf", ["d"], ["e"])
        model.node("Add", ["e", "one"], ["f"])
        model.node("Mul", ["c", "f"], ["g"])
        model.node("Mul", ["g", "half"], ["h"])
        model.node("MatMul", ["h", "v"], ["i"])
        model.node("Add", ["x", "i"], ["y"])
        model.output("y")
        let inputs = ["x": randomTensor([rows, columns], seed: 4)]
        let before = try runModel(model, inputs, fuses: false)
        let after = try runModel(model, inputs, fuses: true)
        #expect(after.listing.first == "DenseProduct+Gelu")
        #expect(after.listing.count == (columns % 16 == 0 ? 2 : 3))
        expectClose(after.outputs["y"], before.outputs["y"])
        let session = try Session(storage: ByteStorage(model.bytes))
        let three = Parallelism(width: 3) { count, piece in for index in 0..<count { piece(index) } }
        #expect(
            try session.run(inputs, parallelism: three)["y"]?.array(of: Float.self)
                == after.outputs["y"]?.array(of: Float.self))
    }

    @Test("Gemm takes its factors and bias along", arguments: [0, 1], [1, 7, 33])
    func gemm(transposed: Int, columns: Int) throws {
        var model = ONNXBuilder()
        model.input("x", [3, 20])
        model.initializer("w", randomTensor(transposed == 1 ? [columns, 20] : [20, columns], seed: 1))
        model.initializer("b", randomTensor([1, columns], seed: 2))
        model.node(
            "Gemm", ["x", "w", "b"], ["a"],
            [("transB", .int(transposed)), ("alpha", .float(0.5)), ("beta", .float(-2))])
        model.node("Relu", ["a"], ["y"])
        model.output("y")
        let inputs = ["x": randomTensor([3, 20], seed: 4)]
        let before = try runModel(model, inputs, fuses: false)
        let after = try runModel(model, inputs, fuses: true)
        #expect(after.listing == ["DenseProduct+Relu"])
        expectClose(after.outputs["y"], before.outputs["y"])
    }
}
