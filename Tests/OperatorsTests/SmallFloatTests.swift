import Graph
import Operators
import Tensors
import Testing

@Suite("floats of 8 bits or fewer")
struct SmallFloatTests {
    static let types: [DataType] = [.float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1]

    private func cast(_ x: Tensor, to type: DataType, saturate: Int = 1) throws -> Tensor {
        let fixture = try OperatorFixture(
            "Cast", opset: 24, ["to": .int(Int(type.rawValue)), "saturate": .int(saturate)], inputs: 1)
        return try #require(try fixture.run([x])[0])
    }

    private func codes(_ type: DataType) -> Tensor {
        let count = type == .float4e2m1 ? 16 : 256
        let bytes = Tensor((0..<count).map { UInt8($0) }, shape: [count])
        return Tensor(dataType: type, shape: bytes.shape, storage: bytes.storage)
    }

    @Test("every code comes back from its number", arguments: types)
    func roundTrip(type: DataType) throws {
        let codes = codes(type)
        let numbers = try cast(codes, to: .float32)
        let again = try cast(numbers, to: type, saturate: 0)
        for (index, number) in numbers.array(of: Float.self).enumerated() where !number.isNaN {
            #expect(again.bytes[index] == codes.bytes[index], "\(number)")
        }
        let finite = numbers.array(of: Float.self).filter { $0.isFinite }
        let largest: [DataType: Float] = [
            .float8e4m3fn: 448, .float8e4m3fnuz: 240, .float8e5m2: 57344, .float8e5m2fnuz: 57344, .float4e2m1: 6,
        ]
        #expect(finite.max() == largest[type])
        #expect(finite.min() == largest[type].map { -$0 })
    }

    @Test("a number between two codes goes to the nearer one, half to the even code", arguments: types)
    func nearest(type: DataType) throws {
        let numbers = try cast(codes(type), to: .float32).array(of: Float.self)
        let half = numbers.prefix(numbers.count / 2).enumerated().filter { $0.element.isFinite }
        for (low, high) in zip(half, half.dropFirst()) {
            let middle = (low.element + high.element) / 2
            let found = try cast(Tensor([middle.nextDown, middle, middle.nextUp], shape: [3]), to: type)
            #expect(found.bytes[0] == UInt8(low.offset))
            #expect(found.bytes[1] == UInt8(low.offset % 2 == 0 ? low.offset : high.offset), "\(middle)")
            #expect(found.bytes[2] == UInt8(high.offset))
        }
    }

    @Test("what is too large saturates, or becomes infinity or NaN")
    func overflow() throws {
        let x = Tensor([1e9, -1e9, .infinity, .nan] as [Float], shape: [4])
        func numbers(_ type: DataType, _ saturate: Int) throws -> [Float] {
            try cast(try cast(x, to: type, saturate: saturate), to: .float32).array(of: Float.self)
        }
        #expect(try numbers(.float8e4m3fn, 1).prefix(3) == [448, -448, 448])
        #expect(try numbers(.float8e5m2, 1).prefix(3) == [57344, -57344, 57344])
        #expect(try numbers(.float8e5m2, 0).prefix(3) == [.infinity, -.infinity, .infinity])
        for type in [DataType.float8e4m3fn, .float8e4m3fnuz, .float8e5m2fnuz] {
            #expect(try numbers(type, 0).allSatisfy { $0.isNaN })
        }
        for type in Self.types where type != .float4e2m1 { #expect(try numbers(type, 1)[3].isNaN) }
    }

    @Test("a bare exponent rounds as it is told")
    func scaleExponents() throws {
        let x = Tensor([1, 1.25, 1.5, 1.75, 0.3] as [Float], shape: [5])
        for (mode, expected) in [
            ("up", [1, 2, 2, 2, 0.5]), ("down", [1, 1, 1, 1, 0.25]), ("nearest", [1, 1, 2, 2, 0.25]),
        ] as [(String, [Float])] {
            let fixture = try OperatorFixture(
                "Cast", opset: 24, ["to": .int(24), "round_mode": .string(mode)], inputs: 1)
            let made = try #require(try fixture.run([x])[0])
            #expect(try cast(made, to: .float32).array(of: Float.self) == expected, "\(mode)")
        }
    }
}
