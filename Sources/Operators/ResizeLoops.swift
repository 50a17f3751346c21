internal import Graph
internal import Tensors

/// Picks input elements by one index table per axis. Output blocks that repeat their neighbour are copied from it.
struct NearestResize: WidthVisitor {
    let x: Tensor
    let y: Tensor
    /// For each axis, the input index of each output index; −1 takes `fill`.
    let tables: [[Int]]
    /// One element of the tensor's type, for places outside the input.
    let fill: Tensor

    func visit<T: BitwiseCopyable>(_ type: T.Type) {
        guard y.elementCount > 0 else { return }
        expand(x.pointer(T.self), y.pointer(T.self), 0, x.shape.strides, y.shape.strides)
    }

    private func expand<T: BitwiseCopyable>(
        _ source: UnsafeMutablePointer<T>, _ target: UnsafeMutablePointer<T>, _ axis: Int, _ from: [Int], _ to: [Int]
    ) {
        guard axis < tables.count else {
            target.pointee = source.pointee
            return
        }
        let table = tables[axis]
        if axis == tables.count - 1 {
            let outside = fill.pointer(T.self)[0]
            for j in 0..<table.count { target[j] = table[j] < 0 ? outside : source[table[j]] }
            return
        }
        let block = to[axis]
        for j in 0..<table.count {
            if table[j] < 0 {
                (target + j * block).update(repeating: fill.pointer(T.self)[0], count: block)
            } else if j > 0, table[j] == table[j - 1] {
                (target + j * block).update(from: target + (j - 1) * block, count: block)
            } else {
                expand(source + table[j] * from[axis], target + j * block, axis + 1, from, to)
            }
        }
    }
}

/// Interpolates along one axis of [outer, n, inner].
struct AxisInterpolation: RealVisitor {
    let x: Tensor
    let y: Tensor
    let axis: Int
    let table: InterpolationTable
    let extrapolation: Double

    func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {}

    func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
        let n = x.shape[axis], m = y.shape[axis]
        let outer = x.shape.dimensions[..<axis].reduce(1, *)
        let inner = x.shape.dimensions[(axis + 1)...].reduce(1, *)
        let weights = table.weights.map { T($0) }
        for block in 0..<outer {
            let source = x.pointer(T.self) + block * n * inner
            for j in 0..<m {
                let target = y.pointer(T.self) + (block * m + j) * inner
                if table.isOutside[j] {
                    target.update(repeating: T(extrapolation), count: inner)
                    continue
                }
                let taps = j * table.width..<(j + 1) * table.width
                if inner == 1 {
                    var sum: T = 0
                    for tap in taps { sum += weights[tap] * source[table.indices[tap]] }
                    target[0] = sum
                    continue
                }
                if table.width == 2 {
                    let a = source + table.indices[taps.lowerBound] * inner, u = weights[taps.lowerBound]
                    let b = source + table.indices[taps.lowerBound + 1] * inner, v = weights[taps.lowerBound + 1]
                    for i in 0..<inner { target[i] = u * a[i] + v * b[i] }
                    continue
                }
                target.update(repeating: 0, count: inner)
                for tap in taps where weights[tap] != 0 {
                    let row = source + table.indices[tap] * inner, weight = weights[tap]
                    for i in 0..<inner { target[i] += weight * row[i] }
                }
            }
        }
    }
}
