/// A tensor as the IMX500 sends it: integers that stand for (value - shift) · scale.
package struct DNNTensor: Sendable, Equatable {
    package var name: String
    /// Extents, the network's first one first. At most 65,535 each.
    package var dimensions: [Int]
    /// For each dimension its place in the order of the bytes: the one with 0 runs fastest.
    package var serialization: [Int]
    /// 8, 16 or 32.
    package var bitsPerElement: Int
    package var shift: Int
    package var scale: Float
    package var isSigned: Bool
    /// Little-endian elements.
    package var bytes: [UInt8]

    package init(
        name: String, dimensions: [Int], serialization: [Int], bitsPerElement: Int = 8, shift: Int = 0,
        scale: Float = 1,
        isSigned: Bool = false, bytes: [UInt8]
    ) {
        self.name = name
        self.dimensions = dimensions
        self.serialization = serialization
        self.bitsPerElement = bitsPerElement
        self.shift = shift
        self.scale = scale
        self.isSigned = isSigned
        self.bytes = bytes
    }

    /// Quantises `values`, the last dimension running fastest, to unsigned integers that span the values' range and zero. On
    /// the wire the first dimension runs fastest, as libcamera hands tensors on. What is not finite becomes zero.
    ///
    /// - Parameter bitsPerElement: 8 or 16.
    package init(name: String, dimensions: [Int], values: [Float], bitsPerElement: Int) {
        precondition([8, 16].contains(bitsPerElement) && values.count == dimensions.reduce(1, *))
        var (low, high): (Float, Float) = (0, 0)
        for value in values where value.isFinite {
            low = min(low, value)
            high = max(high, value)
        }
        let top = Float((1 << bitsPerElement) - 1)
        let scale = high > low ? max(high / top - low / top, .leastNormalMagnitude) : 1
        let shift = min(max((-low / scale).rounded(), 0), top)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * bitsPerElement / 8)
        for index in Self.indices(dimensions, strides: Self.rowMajorStrides(dimensions)) {
            let value = values[index]
            let raw = value.isFinite ? Int(min(max((value / scale).rounded() + shift, 0), top)) : Int(shift)
            bytes.append(UInt8(truncatingIfNeeded: raw))
            if bitsPerElement == 16 { bytes.append(UInt8(truncatingIfNeeded: raw >> 8)) }
        }
        self.init(
            name: name, dimensions: dimensions, serialization: Array(dimensions.indices),
            bitsPerElement: bitsPerElement,
            shift: Int(shift), scale: scale, bytes: bytes)
    }

    package var elementCount: Int { dimensions.reduce(1, *) }

    /// What the integers stand for, the last dimension running fastest.
    package var rowMajorValues: [Float] {
        // Where a step along each dimension leads on the wire.
        var strides = [Int](repeating: 1, count: dimensions.count)
        for dimension in dimensions.indices {
            for other in dimensions.indices where serialization[other] < serialization[dimension] {
                strides[dimension] *= dimensions[other]
            }
        }
        let reversed = Self.indices(dimensions.reversed(), strides: strides.reversed())
        return reversed.map { value(at: $0) }
    }

    /// The same, the first dimension running fastest.
    var columnMajorValues: [Float] {
        let values = rowMajorValues
        return Self.indices(dimensions, strides: Self.rowMajorStrides(dimensions)).map { values[$0] }
    }

    private func value(at index: Int) -> Float {
        let size = bitsPerElement / 8
        var raw = 0
        for byte in 0..<size { raw |= Int(bytes[index * size + byte]) << (8 * byte) }
        if isSigned, raw >> (bitsPerElement - 1) != 0 { raw -= 1 << bitsPerElement }
        return Float(raw - shift) * scale
    }

    private static func rowMajorStrides(_ dimensions: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: dimensions.count)
        for axis in dimensions.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * dimensions[axis + 1]
        }
        return strides
    }

    /// Places of all elements, the first dimension running fastest.
    private static func indices(_ dimensions: [Int], strides: [Int]) -> [Int] {
        let count = dimensions.reduce(1, *)
        var places: [Int] = []
        places.reserveCapacity(count)
        var position = [Int](repeating: 0, count: dimensions.count)
        var place = 0
        for _ in 0..<count {
            places.append(place)
            for axis in dimensions.indices {
                position[axis] += 1
                place += strides[axis]
                if position[axis] < dimensions[axis] { break }
                place -= strides[axis] * dimensions[axis]
                position[axis] = 0
            }
        }
        return places
    }
}
