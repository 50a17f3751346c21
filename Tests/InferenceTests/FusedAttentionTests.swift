import CKernels
import Graph
import Inference
import Tensors
import TestSupport
import Testing

@Suite("fused attention")
struct FusedAttentionTests {
    /// Attention as exporters write it: one projection, turned and split into queries, keys and values of each head.
    private static func model(
        batch: Int = 2, tokens: Int = 37, heads: Int = 3, depth: Int = 32, splits: Bool = true, joins: Bool = true
    ) -> (ONNXBuilder, [String: Tensor]) {
        var model = ONNXBuilder(opset: 17)
        let width = heads * depth
        model.input("x", [.fixed(batch), .fixed(tokens), .fixed(width)])
        model.initializer("w", randomTensor([width, 3 * width], seed: 1))
        model.initializer("parts", Tensor([batch, tokens, 3, heads, depth].map(Int64.init), shape: [5]))
        model.initializer("scale", Tensor(scalar: 1 / Float(depth).squareRoot()))
        model.node("MatMul", ["x", "w"], ["projected"])
        model.node("Reshape", ["projected", "parts"], ["cut"])
        model.node("Transpose", ["cut"], ["turned"], [("perm", .ints([2, 0, 3, 1, 4]))])
        if splits {
            model.initializer("first", Tensor([0] as [Int64], shape: [1]))
            model.node("Split", ["turned"], ["q1", "k1", "v1"], [("axis", .int(0))])
            for name in ["q", "k", "v"] { model.node("Squeeze", [name + "1", "first"], [name]) }
        } else {
            for (index, name) in ["q", "k", "v"].enumerated() {
                model.initializer("at" + name, Tensor(scalar: Int64(index)))
                model.node("Gather", ["turned", "at" + name], [name], [("axis", .int(0))])
            }
        }
        model.node("Transpose", ["k"], ["kt"], [("perm", .ints([0, 1, 3, 2]))])
        model.node("MatMul", ["q", "kt"], ["scores"])
        model.node("Mul", ["scores", "scale"], ["scaled"])
        model.node("Softmax", ["scaled"], ["weights"], [("axis", .int(-1))])
        model.node("MatMul", ["weights", "v"], [joins ? "heads" : "y"])
        if joins {
            model.initializer("whole", Tensor([batch, tokens, width].map(Int64.init), shape: [3]))
            model.node("Transpose", ["heads"], ["together"], [("perm", .ints([0, 2, 1, 3]))])
            model.node("Reshape", ["together", "whole"], ["y"])
        }
        model.output("y")
        return (model, ["x": randomTensor([batch, tokens, width], seed: 2)])
    }

    @Test(
        "reads queries, keys and values where the projection leaves them",
        arguments: [1, 16, 37, 130], [(3, 32), (2, 16), (1, 80)])
    func fused(tokens: Int, sizes: (Int, Int)) throws {
        for (splits, joins) in [(true, true), (false, false)] {
            let (model, inputs) = Self.model(
                tokens: tokens, heads: sizes.0, depth: sizes.1, splits: splits, joins: joins)
            let before = try runModel(model, inputs, fuses: false)
            let after = try runModel(model, inputs, fuses: true)
            #expect(after.listing == ["DenseProduct", "FusedAttention"])
            expectClose(after.outputs["y"], before.outputs["y"])
        }
    }

    @Test("gives the same bits for any number of threads, alone and in a batch")
    func bits() throws {
        let (model, inputs) = Self.model()
        let session = try Session(storage: ByteStorage(model.bytes))
        let expected = try session.run(inputs)["y"]?.array(of: Float.self)
        #expect(try session.run(inputs, parallelism: NumericsTests.cut(4))["y"]?.array(of: Float.self) == expected)
        let (single, _) = Self.model(batch: 1)
        let x = try #require(inputs["x"])
        let half = x.elementCount / 2
        let first = Tensor(Array(x.array(of: Float.self).prefix(half)), shape: [1, 37, 96])
        let alone = try Session(storage: ByteStorage(single.bytes)).run(["x": first])["y"]?.array(of: Float.self)
        #expect(alone == expected.map { Array($0.prefix(half)) })
    }

    @Test("in bf16 stays near float32, with the same bits for any number of threads")
    func bfloat16() throws {
        let (model, inputs) = Self.model()
        var options = SessionOptions()
        options.precision = .bf16
        let session = try Session(storage: ByteStorage(model.bytes), options: options)
        let exact = try Session(storage: ByteStorage(model.bytes)).run(inputs)
        let half = try session.run(inputs)
        expectClose(half["y"], exact["y"], within: 0.03)
        #expect(
            try session.run(inputs, parallelism: NumericsTests.cut(3))["y"]?.array(of: Float.self)
                == half["y"]?.array(of: Float.self))
    }

    @Test(
        "weights are exponentials of the distance from the largest, at every level the same bits",
        arguments: [1, 15, 16, 50])
    func weights(keys: Int) {
        typealias Kernel = @convention(c) (UnsafeMutablePointer<Float>?, Int, Int, UnsafeMutablePointer<Float>?) -> Void
        var levels: [Kernel] = [ck_f32_attention_weights__portable]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue { levels.append(ck_f32_attention_weights__avx2) }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue { levels.append(ck_f32_attention_weights__avx512) }
        #endif
        let rows = 5, blocks = (keys + 15) / 16
        let scores = randomTensor([blocks * rows * 16], seed: 4).array(of: Float.self).map { $0 * 8 }
        var answers: [[Float]] = []
        for level in levels {
            var (weights, sums) = (scores, [Float](repeating: 0, count: rows))
            level(&weights, keys, rows, &sums)
            for row in 0..<rows {
                func place(_ key: Int) -> Int { (key / 16 * rows + row) * 16 + key % 16 }
                let largest = (0..<keys).map { scores[place($0)] }.max() ?? 0
                let total = (0..<keys).reduce(0) { $0 + weights[place($1)] }
                #expect(abs(total - sums[row]) <= 1e-5 * total)
                #expect((0..<keys).contains { weights[place($0)] == 1 && scores[place($0)] == largest })
                #expect((keys..<blocks * 16).allSatisfy { weights[place($0)] == 0 })
            }
            answers.append(weights + sums)
        }
        #expect(answers.allSatisfy { $0 == answers[0] })
    }
}
