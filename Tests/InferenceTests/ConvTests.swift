import CKernels
import Graph
import Operators
import Tensors
import TestSupport
import Testing

/// One convolution to try, and the definition to hold it against.
struct ConvCase: Sendable, CustomTestStringConvertible {
    var batch = 1
    var channels: Int
    var outputs: Int
    var groups = 1
    var size: [Int]
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    var pads: [Int]

    init(
        batch: Int = 1, _ channels: Int, _ outputs: Int, groups: Int = 1, size: [Int], kernel: [Int],
        strides: [Int]? = nil, dilations: [Int]? = nil, pads: [Int]? = nil
    ) {
        self.batch = batch
        self.channels = channels
        self.outputs = outputs
        self.groups = groups
        self.size = size
        self.kernel = kernel
        self.strides = strides ?? kernel.map { _ in 1 }
        self.dilations = dilations ?? kernel.map { _ in 1 }
        self.pads = pads ?? (kernel + kernel).map { _ in 0 }
    }

    var testDescription: String {
        "[\(batch),\(channels),\(size)] to \(outputs), groups \(groups), kernel \(kernel), strides \(strides), dilations \(dilations), pads \(pads)"
    }

    var x: Tensor { randomTensor(Shape([batch, channels] + size), seed: 11) }
    var weights: Tensor { randomTensor(Shape([outputs, channels / groups] + kernel), seed: 12) }
    var bias: Tensor { randomTensor([outputs], seed: 13) }

    var node: NodeDescription {
        NodeDescription(
            name: "conv", op: "Conv", opset: 13,
            attributes: [
                "group": .int(groups), "strides": .ints(strides), "dilations": .ints(dilations), "pads": .ints(pads),
            ], hasInput: [true, true, true], hasOutput: [true])
    }

    /// The definition, in Double, of x and weights as they are or rounded before.
    func reference(rounding: (Float) -> Float = { $0 }) -> Tensor {
        let rank = size.count
        let output = (0..<rank).map { axis -> Int in
            let reach = (kernel[axis] - 1) * dilations[axis] + 1
            return (size[axis] + pads[axis] + pads[axis + rank] - reach) / strides[axis] + 1
        }
        let x = x.array(of: Float.self).map(rounding)
        let w = weights.array(of: Float.self).map(rounding)
        let b = bias.array(of: Float.self)
        let (inputs, taps) = (size.reduce(1, *), kernel.reduce(1, *))
        let places = output.reduce(1, *)
        let perGroup = channels / groups
        var y: [Float] = []
        for image in 0..<batch {
            for channel in 0..<outputs {
                let group = channel / (outputs / groups)
                for place in 0..<places {
                    var sum = Double(b[channel])
                    for input in 0..<perGroup {
                        for tap in 0..<taps {
                            var (element, isInside) = (0, true)
                            for axis in 0..<rank {
                                let o = place / output[(axis + 1)...].reduce(1, *) % output[axis]
                                let k = tap / kernel[(axis + 1)...].reduce(1, *) % kernel[axis]
                                let position = o * strides[axis] + k * dilations[axis] - pads[axis]
                                isInside = isInside && position >= 0 && position < size[axis]
                                element = element * size[axis] + position
                            }
                            guard isInside else { continue }
                            let source = (image * channels + group * perGroup + input) * inputs + element
                            sum += Double(x[source]) * Double(w[(channel * perGroup + input) * taps + tap])
                        }
                    }
                    y.append(Float(sum))
                }
            }
        }
        return Tensor(y, shape: Shape([batch, outputs] + output))
    }
}

/// Runs one operator by itself.
func runOperator(
    _ op: any Operator, _ inputs: [Tensor?], outputs: Int = 1, parallelism: Parallelism = .serial
) throws -> [Tensor?] {
    let types = inputs.map { $0.map { ValueType($0.dataType, shape: $0.shape) } }
    let workspace = ByteStorage(byteCount: op.workspaceByteCount(types, parallelism: parallelism.width), zeroed: false)
    // Scratch memory holds anything.
    workspace.mutableBytes.initializeMemory(as: UInt8.self, repeating: 0xff)
    let context = RunContext(
        inputs: inputs, outputs: [Tensor?](repeating: nil, count: outputs), workspace: workspace.mutableBytes,
        parallelism: parallelism)
    try op.run(context)
    return context.outputs
}

@Suite("convolution")
struct ConvTests {
    static let cases: [ConvCase] = [
        ConvCase(3, 5, size: [7, 9], kernel: [1, 1]),
        ConvCase(batch: 2, 16, 33, size: [13, 13], kernel: [1, 1]),
        ConvCase(3, 5, size: [7, 9], kernel: [3, 3], pads: [1, 1, 1, 1]),
        ConvCase(4, 6, groups: 2, size: [8, 5], kernel: [3, 2], strides: [2, 1], pads: [0, 1, 2, 0]),
        ConvCase(3, 4, size: [20, 17], kernel: [3, 3], strides: [2, 2], dilations: [2, 3], pads: [2, 3, 2, 3]),
        ConvCase(2, 3, size: [11], kernel: [4], strides: [3], pads: [2, 1]),
        ConvCase(2, 3, size: [4, 5, 6], kernel: [2, 3, 3], strides: [1, 2, 1], pads: [1, 1, 0, 0, 1, 2]),
        ConvCase(3, 4, size: [5, 5], kernel: [1, 1], strides: [2, 2]),
        ConvCase(1, 1, size: [3, 3], kernel: [3, 3], pads: [7, 7, 7, 7]),
        ConvCase(64, 40, size: [40, 41], kernel: [3, 3], pads: [1, 1, 1, 1]),
        ConvCase(300, 40, size: [6, 7], kernel: [3, 3], pads: [1, 1, 1, 1]),
        // Depthwise.
        ConvCase(5, 5, groups: 5, size: [13, 13], kernel: [5, 5], pads: [2, 2, 2, 2]),
        ConvCase(batch: 2, 3, 6, groups: 3, size: [9, 70], kernel: [3, 3], pads: [1, 1, 1, 1]),
        ConvCase(4, 4, groups: 4, size: [16, 33], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]),
        ConvCase(
            4, 4, groups: 4, size: [16, 33], kernel: [3, 4], strides: [1, 3], dilations: [2, 2], pads: [0, 4, 3, 1]),
        ConvCase(3, 3, groups: 3, size: [2, 2], kernel: [3, 3], pads: [1, 1, 1, 1]),
        ConvCase(3, 3, groups: 3, size: [1, 1], kernel: [1, 1]),
        ConvCase(3, 3, groups: 3, size: [19], kernel: [3], strides: [2], pads: [1, 0]),
        ConvCase(2, 2, groups: 2, size: [4, 4], kernel: [2, 2], strides: [5, 5], pads: [3, 3, 3, 3]),
    ]

    @Test("agrees with the definition", arguments: cases)
    func agreesWithDefinition(sample: ConvCase) throws {
        let conv = try Conv(sample.node)
        let expected = sample.reference()
        let constants = [nil, sample.weights, sample.bias]
        for op in [conv, try conv.prepared(constants: constants).operator] {
            expectClose(try runOperator(op, [sample.x, sample.weights, sample.bias])[0], expected)
        }
    }

    @Test("gives the same bits on one thread and on three", arguments: cases)
    func threads(sample: ConvCase) throws {
        let (op, _) = try Conv(sample.node).prepared(constants: [nil, sample.weights, sample.bias])
        // Pieces in reverse order stand in for threads.
        let three = Parallelism(width: 3) { count, piece in
            for index in (0..<count).reversed() { piece(index) }
        }
        let inputs = [sample.x, sample.weights, sample.bias]
        let one = try runOperator(op, inputs)[0]?.array(of: Float.self)
        #expect(try runOperator(op, inputs, parallelism: three)[0]?.array(of: Float.self) == one)
    }

    @Test("infers the shape it makes", arguments: cases)
    func inference(sample: ConvCase) throws {
        let facts = [sample.x, sample.weights, sample.bias].map { ValueFact(ValueType($0.dataType, shape: $0.shape)) }
        #expect(try Conv(sample.node).outputTypes(facts)[0].fixedShape == sample.reference().shape)
    }

    @Test(
        "refuses attributes that do not fit",
        arguments: [
            ["strides": .ints([0, 1])], ["pads": .ints([1, 1, -1, 1])], ["dilations": .ints([1])], ["group": .int(0)],
            ["auto_pad": .string("ALL")], ["kernel_shape": .ints([5, 5])], ["strides": .string("two")],
            ["group": .int(2)], ["pads": .ints([1 << 20, 1 << 20, 1 << 20, 1 << 20])],
        ] as [[String: Attribute]])
    func badAttributes(attributes: [String: Attribute]) {
        let x = randomTensor([1, 3, 4, 4], seed: 1)
        let w = randomTensor([2, 3, 3, 3], seed: 2)
        let node = NodeDescription(
            name: "n", op: "Conv", opset: 13, attributes: attributes, hasInput: [true, true], hasOutput: [true])
        #expect(throws: GraphError.self) { try runOperator(try Conv(node), [x, w]) }
    }
}

@Suite("convolution kernels")
struct ConvKernelTests {
    typealias Taps =
        @convention(c) (
            UnsafePointer<Float>?, Int, UnsafePointer<Int>?, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?,
            Int,
            Int
        ) -> Void

    static var levels: [(String, Taps)] {
        var levels: [(String, Taps)] = [("portable", ck_f32_taps__portable)]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue { levels.append(("avx2", ck_f32_taps__avx2)) }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue { levels.append(("avx512", ck_f32_taps__avx512)) }
        #endif
        return levels
    }

    @Test(
        "sums over taps have the same bits at every level and stay within their slack",
        arguments: [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 65, 100], [1, 3, 4, 5, 9])
    func taps(width: Int, rows: Int) {
        var generator = SplitMix64(seed: UInt64(width * 31 + rows))
        let offsets = [0, 1, 2, 50, 51, 107]
        let weights = offsets.map { _ in Float.random(in: -1...1, using: &generator) }
        let step = width + 3
        let x = (0..<rows * step + 107 + 64).map { _ in Float.random(in: -1...1, using: &generator) }
        var expected = [Float](repeating: 0, count: rows * width)
        for row in 0..<rows {
            for i in 0..<width {
                var sum: Float = 0
                for (offset, weight) in zip(offsets, weights) { sum.addProduct(x[row * step + offset + i], weight) }
                expected[row * width + i] = sum
            }
        }
        for (name, taps) in Self.levels {
            var y = [Float](repeating: 777, count: rows * width + 64)
            taps(x, step, offsets, weights, offsets.count, &y, rows, width)
            #expect(Array(y[..<(rows * width)]) == expected, "\(name)")
            #expect(y[(rows * width + 32)...].allSatisfy { $0 == 777 }, "\(name)")
        }
    }
}
