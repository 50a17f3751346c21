import Graph
import Inference
import ONNX
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("Quantisation")
struct QuantizationTests {
    private func quantized(
        _ float: FloatNetwork, _ observer: RangeObserver = .mse, floating: Set<Int> = []
    ) throws -> QuantizedNetwork {
        let plan = QuantizationPlan(float.graph, floating: floating)
        let ranges = try RangeCalibration(
            float, plan: plan, samples: SmallNetwork.samples(8), parallelism: .serial)
        return QuantizedNetwork(float, plan: plan, scales: ranges.scales(observer))
    }

    @Test("the prepared float network answers as the file does, at opsets 7 to 13", arguments: [7, 9, 11, 13])
    func preparationKeepsAnswers(_ opset: Int) throws {
        let original = try ONNXModel(storage: ByteStorage(SmallNetwork.builder(opset: opset).bytes))
        let prepared = try SmallNetwork.float(opset: opset).model()
        let samples = SmallNetwork.samples(2)
        #expect(prepared.opsets[""] == 13)
        let (found, expected) = (
            try SmallNetwork.outputs(prepared, samples), try SmallNetwork.outputs(original, samples)
        )
        #expect(found == expected)
    }

    @Test("bounds of Clip that are attributes become inputs; operators that changed otherwise are named")
    func oldOperators() throws {
        func network(_ op: String, _ attributes: [(String, ONNXBuilder.AttributeValue)]) throws -> FloatNetwork {
            var model = ONNXBuilder(opset: 9)
            model.input("x", [1, 3, 16, 16])
            model.initializer("w", SmallNetwork.numbers([4, 3, 1, 1], seed: 1))
            model.node("Conv", ["x", "w"], ["a"])
            model.node(op, ["a"], ["y"], attributes)
            model.output("y")
            return try FloatNetwork(ONNXModel(storage: ByteStorage(model.bytes)))
        }
        let x = SmallNetwork.numbers([1, 3, 16, 16], seed: 2)
        for attributes: [(String, ONNXBuilder.AttributeValue)] in [
            [("min", .float(-0.2)), ("max", .float(0.4))], [("max", .float(0.1))], [],
        ] {
            let written = try network("Clip", attributes).model()
            let y = try SmallNetwork.outputs(written, [["x": x]])
            let low = attributes.contains { $0.0 == "min" } ? -0.2 : -Float.infinity
            let high: Float = attributes.isEmpty ? .infinity : attributes.count == 1 ? 0.1 : 0.4
            #expect(try #require(y.max()) <= high && #require(y.min()) >= low)
            #expect(try #require(y.min()) < 0 && #require(y.max()) > 0)
        }
        #expect(throws: QuantizationError.self) { try network("Pad", [("pads", .ints([0, 0, 1, 1, 0, 0, 1, 1]))]) }
    }

    @Test("a quantised network answers nearly as the float one, with every observer", arguments: RangeObserver.allCases)
    func agrees(_ observer: RangeObserver) throws {
        let float = try SmallNetwork.float()
        let samples = SmallNetwork.samples(4)
        let answers = try SmallNetwork.outputs(float.model(), samples)
        let found = try SmallNetwork.outputs(quantized(float, observer).model(), samples)
        // Least divergence cuts more off than least error.
        #expect(difference(answers, found) < (observer == .entropy ? 0.04 : 0.02))
        #expect(answers != found)
    }

    @Test("scores behind the last convolution stay float, and Concat's parts share one scale")
    func placesScales() throws {
        let float = try SmallNetwork.float()
        let network = try quantized(float)
        func value(_ name: String) throws -> Int {
            try #require(float.graph.values.firstIndex { $0.name == name })
        }
        #expect(try !network.plan.values.contains(value("y")) && !network.plan.values.contains(value("z")))
        #expect(try network.plan.group(of: value("f")) == network.plan.group(of: value("h")))
        #expect(try network.plan.group(of: value("g")) == network.plan.group(of: value("h")))
        // ReLU is one operation with its convolution; SiLU is a table behind it.
        #expect(try !network.plan.values.contains(value("a")) && network.plan.values.contains(value("e")))
        #expect(network.plan.products.count == 5)
    }

    @Test("equalisation changes weights and no answer")
    func equalizationKeepsAnswers() throws {
        var float = try SmallNetwork.float()
        let samples = SmallNetwork.samples(2)
        let before = try SmallNetwork.outputs(float.model(), samples)
        // a is read by a sum, too; b by c alone.
        #expect(float.equalize() == 1)
        let after = try SmallNetwork.outputs(float.model(), samples)
        #expect(difference(before, after) < 1e-5)
        #expect(before != after)
    }

    @Test("bias correction takes away what rounding adds to the means")
    func correctsBiases() throws {
        let float = try SmallNetwork.float()
        let samples = SmallNetwork.samples(8)
        var network = try quantized(float)
        let noise = try network.correctBiases(samples: samples, parallelism: .serial)
        #expect(noise.count == 5)
        for product in noise { #expect(product.after >= product.before - 0.01) }
        let answers = try SmallNetwork.outputs(float.model(), samples)
        let corrected = try SmallNetwork.outputs(network.model(), samples)
        let plain = try SmallNetwork.outputs(quantized(float).model(), samples)
        #expect(difference(answers, corrected) <= difference(answers, plain))
    }

    @Test("a product left in float costs nothing, and all of them nothing at all")
    func mixesPrecisions() throws {
        let float = try SmallNetwork.float()
        let samples = SmallNetwork.samples(2)
        let answers = try SmallNetwork.outputs(float.model(), samples)
        let none = try quantized(float, floating: Set(float.graph.nodes.indices))
        #expect(try SmallNetwork.outputs(none.model(), samples) == answers)
        let some = try quantized(float, floating: Set(float.products.suffix(1)))
        #expect(some.plan.products.count == 4)
        let found = try SmallNetwork.outputs(some.model(), samples)
        #expect(difference(found, answers) < 0.02)
    }

    @Test("sensitivity names every product once, the costliest first")
    func measuresSensitivity() throws {
        let network = try quantized(SmallNetwork.float())
        let found = try network.sensitivities(samples: SmallNetwork.samples(2), parallelism: .serial)
        #expect(found.map(\.node).sorted() == network.plan.products)
        #expect(found.map(\.error) == found.map(\.error).sorted(by: >))
        #expect(found.allSatisfy { $0.error > 0 && $0.error < 0.1 })
    }

    @Test("the same network and samples give the same bytes")
    func isDeterministic() throws {
        func bytes() throws -> [UInt8] {
            var network = try quantized(SmallNetwork.float())
            _ = try network.correctBiases(samples: SmallNetwork.samples(4), parallelism: .serial)
            return try network.model().encoded()
        }
        let (first, second) = (try bytes(), try bytes())
        #expect(first == second)
    }

    @Test("each output channel's weights take a scale of their own, and rounding is within half a level")
    func roundsWeights() {
        var numbers = SmallNetwork.numbers([4, 3, 3, 3], seed: 9).array(of: Float.self)
        for element in 0..<27 { numbers[element] *= 100 }
        let weights = QuantizedWeights(Tensor(numbers, shape: [4, 3, 3, 3]), axis: 0)
        #expect(weights.scales[0] > 50 * weights.scales[1])
        for (element, number) in weights.dequantized.array(of: Float.self).enumerated() {
            let scale = weights.scales[element / 27]
            if abs(number) < 126 * scale { #expect(abs(number - numbers[element]) <= scale / 2 * 1.001) }
        }
    }

    @Test("a network that is quantised already, one of an old opset and one without products are refused")
    func refuses() throws {
        let written = try quantized(SmallNetwork.float()).model()
        #expect(throws: QuantizationError.self) { try FloatNetwork(written) }
        #expect(throws: QuantizationError.oldOpset(6, least: 7)) { try SmallNetwork.float(opset: 6) }
        let float = try SmallNetwork.float()
        #expect(throws: QuantizationError.noSamples) {
            try RangeCalibration(float, plan: QuantizationPlan(float.graph), samples: [], parallelism: .serial)
        }
    }
}
