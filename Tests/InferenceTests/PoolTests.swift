import Graph
import Operators
import Tensors
import TestSupport
import Testing

@Suite("pools")
struct PoolTests {
    struct Case: Sendable {
        var size: [Int]
        var kernel: [Int]
        var strides: [Int]
        var dilations: [Int]
        var pads: [Int]
        var ceil: Int
    }

    static let cases = [
        Case(size: [13, 13], kernel: [5, 5], strides: [1, 1], dilations: [1, 1], pads: [2, 2, 2, 2], ceil: 0),
        Case(size: [6, 6], kernel: [13, 13], strides: [1, 1], dilations: [1, 1], pads: [6, 6, 6, 6], ceil: 0),
        Case(size: [12, 17], kernel: [2, 2], strides: [2, 2], dilations: [1, 1], pads: [0, 0, 0, 0], ceil: 0),
        Case(size: [12, 17], kernel: [3, 2], strides: [2, 3], dilations: [2, 1], pads: [1, 0, 2, 1], ceil: 1),
        Case(size: [7, 8], kernel: [3, 3], strides: [2, 2], dilations: [1, 1], pads: [0, 1, 0, 1], ceil: 1),
        Case(size: [9], kernel: [4], strides: [2], dilations: [2], pads: [1, 2], ceil: 0),
    ]

    private func node(_ op: String, _ sample: Case, outputs: Int = 1) -> NodeDescription {
        NodeDescription(
            name: "pool", op: op, opset: 12,
            attributes: [
                "kernel_shape": .ints(sample.kernel), "strides": .ints(sample.strides),
                "dilations": .ints(sample.dilations), "pads": .ints(sample.pads), "ceil_mode": .int(sample.ceil),
            ], hasInput: [true], hasOutput: [Bool](repeating: true, count: outputs))
    }

    @Test("the two-pass maximum equals the maximum by the definition, whose indices point at it", arguments: cases)
    func maximum(sample: Case) throws {
        let x = randomTensor(Shape([2, 3] + sample.size), seed: 5)
        let fast = try runOperator(try MaxPool(node("MaxPool", sample)), [x])[0]
        let slow = try runOperator(try MaxPool(node("MaxPool", sample, outputs: 2)), [x], outputs: 2)
        let elements = x.array(of: Float.self)
        #expect(fast?.shape == slow[0]?.shape)
        #expect(fast?.array(of: Float.self) == slow[0]?.array(of: Float.self))
        #expect(slow[1]?.array(of: Int64.self).map { elements[Int($0)] } == fast?.array(of: Float.self))
    }

    @Test("an average of a constant is that constant, whatever the padding", arguments: cases)
    func average(sample: Case) throws {
        let x = Tensor(
            [Float](repeating: 2.5, count: 2 * sample.size.reduce(1, *)), shape: Shape([1, 2] + sample.size))
        let y = try runOperator(try AveragePool(node("AveragePool", sample)), [x])[0]
        #expect(y?.array(of: Float.self).allSatisfy { abs($0 - 2.5) < 1e-6 } == true)
    }
}
