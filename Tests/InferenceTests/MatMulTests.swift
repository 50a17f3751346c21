import Graph
import Operators
import Tensors
import TestSupport
import Testing

@Suite("matrix products")
struct MatMulTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var a: [Int]
        var b: [Int]
        var testDescription: String { "\(a) by \(b)" }
    }

    static let cases = [
        Case(a: [70, 300], b: [300, 65]), Case(a: [3, 50, 40], b: [40, 33]), Case(a: [2, 1, 41, 17], b: [3, 17, 600]),
        Case(a: [1, 256], b: [256, 100]), Case(a: [5, 7], b: [7, 9]), Case(a: [900, 20], b: [20, 16]),
        Case(a: [7, 0], b: [0, 3]), Case(a: [0, 5], b: [5, 3]), Case(a: [7, 5], b: [5, 0]),
    ]

    private func node() -> NodeDescription {
        NodeDescription(name: "n", op: "MatMul", opset: 13, attributes: [:], hasInput: [true, true], hasOutput: [true])
    }

    @Test("agree with the definition, packed or not, with the same bits on one thread and on three", arguments: cases)
    func product(sample: Case) throws {
        let (a, b) = (randomTensor(Shape(sample.a), seed: 3), randomTensor(Shape(sample.b), seed: 4))
        let one = try runOperator(try MatMul(node()), [a, b])[0]
        // Doubles run by the definition.
        let wide = [a, b].map { Tensor($0.array(of: Float.self).map(Double.init), shape: $0.shape) }
        let expected = try runOperator(try MatMul(node()), wide)[0]?.array(of: Double.self) ?? []
        let found = one?.array(of: Float.self) ?? []
        #expect(found.count == expected.count)
        #expect(zip(found, expected).allSatisfy { abs(Double($0) - $1) < 1e-4 })
        let three = Parallelism(width: 3) { count, piece in
            for index in (0..<count).reversed() { piece(index) }
        }
        #expect(try runOperator(try MatMul(node()), [a, b], parallelism: three)[0]?.array(of: Float.self) == found)
    }
}
