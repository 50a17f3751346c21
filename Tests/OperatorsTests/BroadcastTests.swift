import Graph
import Tensors
import Testing

@Suite("Broadcasting")
struct BroadcastTests {
    static let pairs: [([Int], [Int], [Int])] = [
        ([], [], []), ([3], [], [3]), ([2, 3], [3], [2, 3]), ([2, 3], [2, 1], [2, 3]),
        ([2, 1, 4], [3, 1], [2, 3, 4]),
        ([1, 8, 5, 7], [8, 1, 1], [1, 8, 5, 7]), ([2, 3, 4, 5], [1, 3, 1, 5], [2, 3, 4, 5]),
        ([0, 3], [1, 3], [0, 3]),
        ([4, 1, 6], [1, 5, 1], [4, 5, 6]), ([1], [1, 1, 1], [1, 1, 1]),
    ]

    @Test("agrees with indexing each element by hand", arguments: pairs, [DataType.float32, .int32, .float64])
    func agreesWithHand(pair: ([Int], [Int], [Int]), type: DataType) throws {
        for (x, y) in [(pair.0, pair.1), (pair.1, pair.0)] {
            let a = numbers(x, type, from: 1), b = numbers(y, type, from: 100)
            let sub = try OperatorFixture("Sub", inputs: 2)
            let found = try sub.run([a, b])[0]
            #expect(found.shape.dimensions == pair.2)
            #expect(
                try sub.types([ValueFact(ValueType(type, shape: a.shape)), ValueFact(ValueType(type, shape: b.shape))])
                    == [ValueType(type, shape: found.shape)])
            let (u, v) = (values(a), values(b))
            let expected = (0..<found.elementCount).map { place in
                u[offset(place, found.shape, a.shape)] - v[offset(place, found.shape, b.shape)]
            }
            #expect(values(found) == expected)
        }
    }

    @Test("refuses shapes that do not fit", arguments: [([2, 3], [2]), ([4], [3]), ([2, 0], [3, 2])])
    func refuses(pair: ([Int], [Int])) throws {
        let add = try OperatorFixture("Add", inputs: 2)
        let (a, b) = (numbers(pair.0, .float32, from: 0), numbers(pair.1, .float32, from: 0))
        #expect(throws: GraphError.self) { try add.run([a, b]) }
        #expect(throws: GraphError.self) {
            try add.types([
                ValueFact(ValueType(.float32, shape: a.shape)), ValueFact(ValueType(.float32, shape: b.shape)),
            ])
        }
    }

    private func numbers(_ extents: [Int], _ type: DataType, from start: Int) -> Tensor {
        let shape = Shape(extents)
        switch type {
        case .float32: return Tensor((0..<shape.elementCount).map { Float($0 + start) }, shape: shape)
        case .float64: return Tensor((0..<shape.elementCount).map { Double($0 + start) }, shape: shape)
        default: return Tensor((0..<shape.elementCount).map { Int32($0 + start) }, shape: shape)
        }
    }

    private func values(_ tensor: Tensor) -> [Double] {
        switch tensor.dataType {
        case .float32: tensor.array(of: Float.self).map(Double.init)
        case .float64: tensor.array(of: Double.self)
        default: tensor.array(of: Int32.self).map(Double.init)
        }
    }

    /// Where element `place` of `shape` comes from in a tensor of shape `own`.
    private func offset(_ place: Int, _ shape: Shape, _ own: Shape) -> Int {
        let lead = shape.rank - own.rank
        return (0..<own.rank).reduce(0) { sum, axis in
            let position = place / shape.strides[axis + lead] % shape[axis + lead]
            return sum + (own[axis] == 1 ? 0 : position * own.strides[axis])
        }
    }
}
