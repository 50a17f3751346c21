import Graph
import Inference
import Tensors
import TestSupport
import Testing

/// The bit contract of `exact` numerics for what is a matrix product underneath. That every instruction set gives the
/// same bits is the kernel's own test.
@Suite("numerics")
struct NumericsTests {
    enum Layer: String, CaseIterable, Sendable {
        case gemm, gemmOfPlain, matMul, matMulOfVectors, batchedMatMul, convTranspose, lstm, gru, rnn, attention
    }

    /// A model whose input `x` has the batch as its first extent, and which works on each entry alone.
    static func model(_ layer: Layer) -> ONNXBuilder {
        var model = ONNXBuilder(opset: 24)
        switch layer {
        case .gemm:
            model.input("x", ["n", 300])
            model.initializer("w", randomTensor([70, 300], seed: 1))
            model.initializer("b", randomTensor([70], seed: 2))
            model.node("Gemm", ["x", "w", "b"], ["y"], [("transB", .int(1)), ("alpha", .float(0.5))])
        case .gemmOfPlain:
            // The right operand is not constant: it is made by a node that folding cannot see through.
            model.input("x", ["n", 300])
            model.input("w", [300, 33])
            model.node("Gemm", ["x", "w"], ["y"])
        case .matMul:
            model.input("x", ["n", 9, 40])
            model.initializer("w", randomTensor([40, 50], seed: 3))
            model.node("MatMul", ["x", "w"], ["y"])
        case .matMulOfVectors:
            model.input("x", ["n", 3, 400])
            model.initializer("w", randomTensor([400], seed: 4))
            model.node("MatMul", ["x", "w"], ["y"])
        case .batchedMatMul:
            model.input("x", ["n", 5, 33])
            model.node("Transpose", ["x"], ["t"], [("perm", .ints([0, 2, 1]))])
            model.node("MatMul", ["x", "t"], ["y"])
        case .convTranspose:
            model.input("x", ["n", 12, 7, 9])
            model.initializer("w", randomTensor([12, 5, 3, 3], seed: 5))
            model.node(
                "ConvTranspose", ["x", "w"], ["y"], [("strides", .ints([2, 2])), ("group", .int(2))])
        case .lstm, .gru, .rnn:
            let gates = layer == .lstm ? 4 : layer == .gru ? 3 : 1
            model.input("x", ["n", 6, 20])
            model.initializer("w", randomTensor([2, gates * 17, 20], seed: 6))
            model.initializer("r", randomTensor([2, gates * 17, 17], seed: 7))
            model.initializer("b", randomTensor([2, 2 * gates * 17], seed: 8))
            model.node(
                layer.rawValue.uppercased(), ["x", "w", "r", "b"], ["y"],
                [("hidden_size", .int(17)), ("direction", .string("bidirectional")), ("layout", .int(1))])
        case .attention:
            model.input("x", ["n", 60, 32])
            model.node(
                "Attention", ["x", "x", "x"], ["y"],
                [("q_num_heads", .int(4)), ("kv_num_heads", .int(4)), ("is_causal", .int(1))])
        }
        model.output("y")
        return model
    }

    /// Cuts work as for `width` threads, and runs the pieces last to first on the caller.
    static func cut(_ width: Int) -> Parallelism {
        Parallelism(width: width) { count, piece in for index in (0..<count).reversed() { piece(index) } }
    }

    private func run(_ session: Session, _ x: Tensor, _ parallelism: Parallelism) throws -> Tensor {
        var inputs = ["x": x]
        if session.inputs.count > 1 { inputs["w"] = randomTensor([300, 33], seed: 9) }
        return try #require(try session.run(inputs, parallelism: parallelism)["y"])
    }

    @Test("an entry has the same bits alone, in any batch, and on any number of threads", arguments: Layer.allCases)
    func batchAndThreads(layer: Layer) throws {
        let session = try Session(storage: ByteStorage(Self.model(layer).bytes))
        #expect(session.numerics == "exact")
        let extents = (session.inputs[0].type.dimensions ?? []).dropFirst().compactMap(\.fixedExtent)
        let size = extents.reduce(1, *)
        let batch = 53
        let all = randomTensor(Shape([batch] + extents), seed: 10)
        let expected = try run(session, all, .serial)
        for width in 2...3 {
            let cut = try run(session, all, Self.cut(width))
            #expect(cut.array(of: Float.self) == expected.array(of: Float.self), "\(width) threads")
        }
        let perEntry = expected.elementCount / batch
        let values = all.array(of: Float.self)
        for (first, count) in [(0, 1), (17, 1), (52, 1), (3, 2), (10, 30)] {
            let part = Tensor(
                Array(values[first * size..<(first + count) * size]), shape: Shape([count] + extents))
            let found = try run(session, part, Self.cut(2)).array(of: Float.self)
            let wanted = expected.array(of: Float.self)[first * perEntry..<(first + count) * perEntry]
            #expect(found == Array(wanted), "\(count) from \(first)")
        }
    }

    @Test("fast numerics agree within 1e-4 and say so", arguments: Layer.allCases)
    func fast(layer: Layer) throws {
        let bytes = Self.model(layer).bytes
        var options = SessionOptions()
        options.numerics = .fast
        let fast = try Session(storage: ByteStorage(bytes), options: options)
        #expect(fast.numerics == "fast")
        let extents = (fast.inputs[0].type.dimensions ?? []).dropFirst().compactMap(\.fixedExtent)
        let x = randomTensor(Shape([5] + extents), seed: 11)
        let a = try run(try Session(storage: ByteStorage(bytes)), x, .serial).array(of: Float.self)
        let b = try run(fast, x, .serial).array(of: Float.self)
        let largest = a.reduce(0) { max($0, $1.magnitude) }
        #expect(zip(a, b).allSatisfy { ($0 - $1).magnitude <= 1e-4 * largest })
    }
}
