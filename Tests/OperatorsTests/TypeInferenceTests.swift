import Graph
import Tensors
import Testing

@Suite("Type inference of operators")
struct TypeInferenceTests {
    private let image = ValueFact(ValueType(.float32, [.symbol("N"), .fixed(8), .fixed(6), .fixed(10)]))

    private func dimensions(_ fixture: OperatorFixture, _ inputs: [ValueFact]) throws -> [Dimension]? {
        try fixture.types(inputs)[0].dimensions
    }

    @Test("keeps symbols through reshapes that copy or infer an extent")
    func reshape() throws {
        let reshape = try OperatorFixture("Reshape", inputs: 2)
        #expect(
            try dimensions(reshape, [image, ValueFact(constant: Tensor(ints: [0, 8, -1]))])
                == [.symbol("N"), .fixed(8), .fixed(60)])
        #expect(
            try dimensions(reshape, [image, ValueFact(constant: Tensor(ints: [-1, 480]))]) == [
                .symbol("N"), .fixed(480),
            ])
        #expect(
            try dimensions(reshape, [image, ValueFact(ValueType(.int64, [.fixed(3)]))])
                == [.unknown, .unknown, .unknown])
    }

    @Test("slices fixed axes and leaves the others alone")
    func slice() throws {
        let slice = try OperatorFixture("Slice", inputs: 5)
        let bounds = [[1], [Int64.max], [3], [2]].map { ValueFact(constant: Tensor(ints: $0)) }
        #expect(try dimensions(slice, [image] + bounds) == [.symbol("N"), .fixed(8), .fixed(6), .fixed(5)])
    }

    @Test("scales axes by constant scales and passes symbols with scale 1")
    func resize() throws {
        let resize = try OperatorFixture("Resize", opset: 10, inputs: 2)
        let scales = ValueFact(constant: Tensor([Float(1), 1, 2, 0.5], shape: [4]))
        #expect(try dimensions(resize, [image, scales]) == [.symbol("N"), .fixed(8), .fixed(12), .fixed(5)])
    }

    @Test("broadcasts a symbol with 1, with itself and with a fixed extent")
    func broadcast() throws {
        let add = try OperatorFixture("Add", inputs: 2)
        func type(_ dimensions: Dimension...) -> ValueFact { ValueFact(ValueType(.float32, dimensions)) }
        #expect(
            try dimensions(add, [type(.symbol("N"), .fixed(3)), type(.fixed(1), .fixed(3))]) == [
                .symbol("N"), .fixed(3),
            ])
        #expect(try dimensions(add, [type(.symbol("N")), type(.symbol("N"))]) == [.symbol("N")])
        #expect(try dimensions(add, [type(.symbol("N")), type(.symbol("M"))]) == [.unknown])
        #expect(try dimensions(add, [type(.symbol("N")), type(.fixed(4))]) == [.fixed(4)])
    }

    @Test("adds up the joined axis of a concatenation and finds shapes in other inputs")
    func concat() throws {
        let concat = try OperatorFixture("Concat", ["axis": .int(1)], inputs: 2)
        let other = ValueFact(ValueType(.float32, [.unknown, .fixed(2), .fixed(6), .unknown]))
        #expect(try dimensions(concat, [image, other]) == [.symbol("N"), .fixed(10), .fixed(6), .fixed(10)])
    }
}
