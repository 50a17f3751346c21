internal import Graph
internal import Tensors

/// Products of whole numbers of 8 bits, zero points subtracted, summed in 32 bits that wrap.
enum IntegerProduct {
    /// The elements of an 8-bit tensor less their zero points, as 16-bit numbers.
    ///
    /// - Parameter zeroPoint: the index into `zeroPoints` for an element.
    static func centered(
        _ x: Tensor, zeroPoints: [Int16], node: NodeDescription, _ zeroPoint: (Int) -> Int = { _ in 0 }
    ) throws(GraphError) -> [Int16] {
        switch x.dataType {
        case .uint8:
            let source = x.pointer(UInt8.self)
            return (0..<x.elementCount).map { Int16(source[$0]) - zeroPoints[zeroPoint($0)] }
        case .int8:
            let source = x.pointer(Int8.self)
            return (0..<x.elementCount).map { Int16(source[$0]) - zeroPoints[zeroPoint($0)] }
        default: throw node.mismatch("does not take \(x.dataType)")
        }
    }

    /// Zero points of an operand, 0 when they are left out.
    static func zeroPoints(
        _ tensor: Tensor?, of x: Tensor, _ node: NodeDescription
    ) throws(GraphError) -> [Int16] {
        guard let tensor else { return [0] }
        try node.sameType(x.dataType, tensor.dataType)
        guard tensor.elementCount > 0 else { throw node.mismatch("a zero point of \(tensor.shape)") }
        return try node.integers(tensor).map { Int16($0) }
    }

    /// c[row, …] = a[row, …] · b: rows of a are k, of b and c n elements.
    static func multiplyRow(
        _ a: UnsafePointer<Int16>, _ b: UnsafePointer<Int16>, _ c: UnsafeMutablePointer<Int32>, n: Int, k: Int
    ) {
        for j in 0..<n { c[j] = 0 }
        for step in 0..<k where a[step] != 0 {
            let factor = Int32(a[step]), row = b + step * n
            for j in 0..<n { c[j] &+= factor &* Int32(row[j]) }
        }
    }

    static func checkTypes(_ inputs: [ValueFact?], _ indices: [Int], _ node: NodeDescription) throws(GraphError) {
        for index in indices {
            let type = try node.fact(inputs, index).dataType
            guard type == .uint8 || type == .int8 else { throw node.unsupported("an input of type \(type)") }
        }
    }
}

/// What one product reads and writes, for threads.
struct IntegerOperands: @unchecked Sendable {
    let a: UnsafePointer<Int16>
    let b: UnsafePointer<Int16>
    let c: UnsafeMutablePointer<Int32>
}

/// From 32-bit sums to the 8-bit numbers of a scale and a zero point.
struct Requantization: Sendable {
    /// For each sum's channel.
    let multipliers: [Float]
    let zeroPoints: [Float]

    /// saturate(round(sum · multiplier) + zeroPoint), halves to even.
    func store(
        _ sums: UnsafePointer<Int32>, _ count: Int, channel: (Int) -> Int, to y: Tensor, at offset: Int,
        _ node: NodeDescription
    ) throws(GraphError) {
        switch y.dataType {
        case .uint8: store(sums, count, channel, y.pointer(UInt8.self) + offset)
        case .int8: store(sums, count, channel, y.pointer(Int8.self) + offset)
        default: throw node.mismatch("does not make \(y.dataType)")
        }
    }

    private func store<T: FixedWidthInteger>(
        _ sums: UnsafePointer<Int32>, _ count: Int, _ channel: (Int) -> Int, _ target: UnsafeMutablePointer<T>
    ) {
        let low = Float(T.min), high = Float(T.max)
        for i in 0..<count {
            let at = channel(i)
            let multiplier = multipliers.count == 1 ? multipliers[0] : multipliers[at]
            let zero = zeroPoints.count == 1 ? zeroPoints[0] : zeroPoints[at]
            let value = (Float(sums[i]) * multiplier).rounded(.toNearestOrEven) + zero
            target[i] = value.isNaN ? T(zero) : T(min(max(value, low), high))
        }
    }
}
