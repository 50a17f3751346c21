internal import CKernels
internal import Graph
internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// Reduces float32 over the middle of [outer, reduced, inner] with the kernels. `kind` beyond the first five wants inner = 1.
func reduceFloats(_ kind: ReductionKind, _ layout: ReductionLayout, _ y: Tensor, _ context: RunContext) {
    let reduced = layout.reduced, inner = layout.inner
    let data = layout.data
    if inner == 1 {
        context.spread(layout.outer, cost: reduced) { rows in
            for row in rows {
                y.pointer(Float.self)[row] = reduceRun(kind, data.pointer(Float.self) + row * reduced, reduced)
            }
        }
        return
    }
    let operation: ck_f32_operation
    let start: Float
    switch kind {
    case .prod: (operation, start) = (.mul, 1)
    case .max: (operation, start) = (.max, -.infinity)
    case .min: (operation, start) = (.min, .infinity)
    default: (operation, start) = (.add, 0)
    }
    context.spread(layout.outer, cost: reduced * inner) { blocks in
        for block in blocks {
            let target = y.pointer(Float.self) + block * inner
            target.update(repeating: start, count: inner)
            for row in 0..<reduced {
                let source = data.pointer(Float.self) + (block * reduced + row) * inner
                ck_f32_zip(operation, target, 1, source, 1, target, inner)
            }
            if kind == .mean {
                var divisor = Float(reduced)
                ck_f32_zip(.div, target, 1, &divisor, 0, target, inner)
            }
        }
    }
}

/// The reduction of one dense run of floats.
private func reduceRun(_ kind: ReductionKind, _ x: UnsafePointer<Float>, _ count: Int) -> Float {
    switch kind {
    case .sum: return ck_f32_reduce(.sum, x, count, 0)
    case .mean: return ck_f32_reduce(.sum, x, count, 0) / Float(count)
    case .max: return ck_f32_reduce(.max, x, count, 0)
    case .min: return ck_f32_reduce(.min, x, count, 0)
    case .prod: return ck_f32_reduce(.prod, x, count, 0)
    case .l1: return ck_f32_reduce(.sumAbs, x, count, 0)
    case .l2: return ck_f32_reduce(.sumSquare, x, count, 0).squareRoot()
    case .sumSquare: return ck_f32_reduce(.sumSquare, x, count, 0)
    case .logSum: return Float(log(Double(ck_f32_reduce(.sum, x, count, 0))))
    case .logSumExp:
        let largest = ck_f32_reduce(.max, x, count, 0)
        guard largest.isFinite else { return largest }
        var sum = 0.0
        for i in 0..<count { sum += exp(Double(x[i]) - Double(largest)) }
        return Float(Double(largest) + log(sum))
    }
}

/// The reference for any real type: accumulates floats in double and whole numbers with wrap-around, in order.
struct ReductionReference: RealVisitor {
    let kind: ReductionKind
    let layout: ReductionLayout
    let y: Tensor

    func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
        let x = layout.data.pointer(T.self), target = y.pointer(T.self)
        let step = layout.inner
        for at in 0..<layout.outer * step {
            let start = at / step * layout.reduced * step + at % step
            target[at] = T(reduce(layout.reduced) { Double(x[start + $0 * step]) })
        }
    }

    private func reduce(_ count: Int, _ element: (Int) -> Double) -> Double {
        func total(_ start: Double, _ combine: (Double, Double) -> Double) -> Double {
            var result = start
            for i in 0..<count { result = combine(result, element(i)) }
            return result
        }
        switch kind {
        case .sum: return total(0, +)
        case .mean: return total(0, +) / Double(count)
        case .max: return total(-.infinity) { $0.isNaN || $0 > $1 ? $0 : $1 }
        case .min: return total(.infinity) { $0.isNaN || $0 < $1 ? $0 : $1 }
        case .prod: return total(1, *)
        case .l1: return total(0) { $0 + $1.magnitude }
        case .l2: return total(0) { $0 + $1 * $1 }.squareRoot()
        case .sumSquare: return total(0) { $0 + $1 * $1 }
        case .logSum: return log(total(0, +))
        case .logSumExp:
            let largest = total(-.infinity) { $0.isNaN || $0 > $1 ? $0 : $1 }
            return largest.isFinite ? largest + log(total(0) { $0 + exp($1 - largest) }) : largest
        }
    }

    func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {
        let x = layout.data.pointer(T.self), target = y.pointer(T.self)
        let step = layout.inner
        for at in 0..<layout.outer * step {
            let start = at / step * layout.reduced * step + at % step
            let value: T
            switch kind {
            case .sum: value = total(x + start, 0) { $0 &+ $1 }
            case .mean:
                let sum = total(x + start, 0) { $0 &+ $1 }
                value = T(exactly: layout.reduced).map { $0 == 0 ? 0 : sum / $0 } ?? 0
            case .max: value = total(x + start, .min) { Swift.max($0, $1) }
            case .min: value = total(x + start, .max) { Swift.min($0, $1) }
            case .prod: value = total(x + start, 1) { $0 &* $1 }
            case .l1: value = total(x + start, 0) { $1 < 0 ? $0 &- $1 : $0 &+ $1 }
            case .sumSquare: value = total(x + start, 0) { $0 &+ $1 &* $1 }
            case .l2, .logSum, .logSumExp:
                value = clamped(reduce(layout.reduced) { Double(x[start + $0 * step]) })
            }
            target[at] = value
        }
    }

    private func total<T>(_ x: UnsafeMutablePointer<T>, _ start: T, _ combine: (T, T) -> T) -> T {
        var result = start
        for i in 0..<layout.reduced { result = combine(result, x[i * layout.inner]) }
        return result
    }
}
