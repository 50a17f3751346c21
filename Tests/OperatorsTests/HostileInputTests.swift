import Graph
import Tensors
import Testing

@Suite("Operators given hostile inputs")
struct HostileInputTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var op: String
        var opset = 18
        var attributes: [String: Attribute] = [:]
        var inputs: [Tensor]
        var testDescription: String { "\(op) \(inputs.map(\.description))" }
    }

    private static let matrix = Tensor([Float](repeating: 1, count: 6), shape: [2, 3])

    static let cases: [Case] = [
        Case(op: "Reshape", inputs: [matrix, Tensor(ints: [-1, -1])]),
        Case(op: "Reshape", inputs: [matrix, Tensor(ints: [-7])]),
        Case(op: "Reshape", inputs: [matrix, Tensor(ints: [4])]),
        Case(op: "Reshape", inputs: [matrix, Tensor(ints: [.max, .max, -1])]),
        Case(op: "Reshape", inputs: [matrix, Tensor(ints: [2, 3, 0])]),
        Case(op: "Expand", inputs: [matrix, Tensor(ints: [1 << 40, 2, 3])]),
        Case(op: "Expand", inputs: [matrix, Tensor(ints: [-1])]),
        Case(op: "Tile", inputs: [matrix, Tensor(ints: [.max, .max])]),
        Case(op: "Tile", inputs: [matrix, Tensor(ints: [-1, 1])]),
        Case(op: "Tile", inputs: [matrix, Tensor(ints: [1])]),
        Case(op: "ConstantOfShape", inputs: [Tensor(ints: [1 << 20, 1 << 20])]),
        Case(op: "ConstantOfShape", inputs: [Tensor(ints: [-3])]),
        Case(op: "Gather", inputs: [matrix, Tensor(ints: [2])]),
        Case(op: "Gather", inputs: [matrix, Tensor(ints: [.min])]),
        Case(op: "Gather", attributes: ["axis": .int(2)], inputs: [matrix, Tensor(ints: [0])]),
        Case(op: "GatherElements", inputs: [matrix, Tensor([Int64](repeating: 5, count: 6), shape: [2, 3])]),
        Case(op: "GatherND", inputs: [matrix, Tensor([Int64(0), 9], shape: [1, 2])]),
        Case(op: "GatherND", inputs: [matrix, Tensor([Int64(0), 0, 0], shape: [1, 3])]),
        Case(
            op: "ScatterND",
            inputs: [matrix, Tensor([Int64(7)], shape: [1, 1]), Tensor([Float(0), 0, 0], shape: [1, 3])]),
        Case(
            op: "ScatterElements",
            inputs: [matrix, Tensor([Int64(-3)], shape: [1, 1]), Tensor([Float(0)], shape: [1, 1])]),
        Case(op: "Transpose", attributes: ["perm": .ints([0, 0])], inputs: [matrix]),
        Case(op: "Transpose", attributes: ["perm": .ints([0, 1, 2])], inputs: [matrix]),
        Case(op: "Concat", attributes: ["axis": .int(5)], inputs: [matrix]),
        Case(op: "Slice", inputs: [matrix, Tensor(ints: [0]), Tensor(ints: [1]), Tensor(ints: [9])]),
        Case(
            op: "Slice", inputs: [matrix, Tensor(ints: [0]), Tensor(ints: [1]), Tensor(ints: [0]), Tensor(ints: [0])]),
        Case(op: "Slice", inputs: [matrix, Tensor(ints: [0, 0]), Tensor(ints: [1])]),
        Case(op: "Squeeze", inputs: [matrix, Tensor(ints: [0])]),
        Case(op: "Unsqueeze", inputs: [matrix, Tensor(ints: [0, 0])]),
        Case(op: "Unsqueeze", inputs: [matrix, Tensor(ints: [.max])]),
        Case(op: "Pad", inputs: [matrix, Tensor(ints: [.max, 0, .max, 0])]),
        Case(op: "Pad", inputs: [matrix, Tensor(ints: [-2, 0, -2, 0])]),
        Case(op: "Pad", attributes: ["mode": .string("reflect")], inputs: [matrix, Tensor(ints: [2, 0, 0, 0])]),
        Case(op: "Pad", inputs: [matrix, Tensor(ints: [1])]),
        Case(op: "Range", inputs: [Tensor(scalar: Int64(0)), Tensor(scalar: Int64.max), Tensor(scalar: Int64(1))]),
        Case(op: "Range", inputs: [Tensor(scalar: Int64(0)), Tensor(scalar: Int64(5)), Tensor(scalar: Int64(0))]),
        Case(op: "Range", inputs: [Tensor(scalar: Float(0)), Tensor(scalar: Float.nan), Tensor(scalar: Float(1))]),
        Case(op: "OneHot", inputs: [Tensor(ints: [0]), Tensor(scalar: Int64.max), Tensor([Float(0), 1], shape: [2])]),
        Case(op: "TopK", inputs: [matrix, Tensor(ints: [4])]),
        Case(op: "TopK", inputs: [matrix, Tensor(ints: [-1])]),
        Case(op: "Split", attributes: ["axis": .int(1)], inputs: [matrix, Tensor(ints: [.max])]),
        Case(op: "ReduceSum", inputs: [matrix, Tensor(ints: [3])]),
        Case(op: "CumSum", inputs: [matrix, Tensor(scalar: Int64(-3))]),
        Case(op: "ArgMax", inputs: [Tensor([Float](), shape: [0])]),
        Case(op: "Resize", opset: 10, inputs: [matrix, Tensor([Float(1e30), 1], shape: [2])]),
        Case(op: "Resize", opset: 10, inputs: [matrix, Tensor([Float.nan, 1], shape: [2])]),
        Case(op: "Resize", opset: 10, inputs: [matrix, Tensor([Float(-1), 1], shape: [2])]),
        Case(op: "Upsample", opset: 9, inputs: [matrix, Tensor([Float(2)], shape: [1])]),
        Case(op: "DepthToSpace", attributes: ["blocksize": .int(2)], inputs: [matrix]),
        Case(op: "Where", inputs: [matrix, matrix, matrix]),
        Case(op: "And", inputs: [matrix, matrix]),
        Case(op: "Add", inputs: [matrix, Tensor(scalar: Int32(1))]),
        Case(op: "DequantizeLinear", inputs: [Tensor(ints: [1]), Tensor(scalar: Float(1))]),
        Case(
            op: "NonMaxSuppression",
            inputs: [Tensor(dataType: .float32, shape: [1, 5, 4]), Tensor(dataType: .float32, shape: [1, 1, 4])]),
        Case(op: "Einsum", attributes: ["equation": .string("ij,jk->ik")], inputs: [matrix, matrix]),
        Case(op: "Softmax", attributes: ["axis": .int(2)], inputs: [matrix]),
    ]

    @Test("throw and do not trap, in a run and in type inference", arguments: cases)
    func throwErrors(hostile: Case) throws {
        let fixture = try OperatorFixture(
            hostile.op, opset: hostile.opset, hostile.attributes, inputs: hostile.inputs.count)
        #expect(throws: GraphError.self) { _ = try fixture.run(hostile.inputs) }
        // Inference may know less than a run, but must come back.
        _ = try? fixture.types(hostile.inputs.map { ValueFact(constant: $0) })
        _ = try? fixture.types(hostile.inputs.map { ValueFact(ValueType($0.dataType, shape: $0.shape)) })
        _ = try? fixture.types(hostile.inputs.map { ValueFact(ValueType($0.dataType, nil)) })
    }

    @Test(
        "refuse attributes of the wrong kind or value",
        arguments: [
            ("Transpose", "perm", Attribute.int(1)), ("Concat", "axis", .string("x")),
            ("DepthToSpace", "blocksize", .int(0)), ("BitShift", "direction", .string("UP")),
            ("Cast", "to", .int(99)), ("LRN", "size", .int(-1)),
        ])
    func refuseAttributes(entry: (String, String, Attribute)) {
        let inputs = entry.0 == "BitShift" ? 2 : 1
        #expect(throws: GraphError.self) { try OperatorFixture(entry.0, [entry.1: entry.2], inputs: inputs) }
    }
}
