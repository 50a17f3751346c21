internal import CKernels
package import Graph
internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// y = e^(x − largest) / Σ e^(x − largest) of one dense run.
func softmax(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, largest: Float) {
    ck_f32_map(.expShifted, x, y, count, largest, 0)
    var sum = ck_f32_reduce(.sum, y, count, 0)
    ck_f32_zip(.div, y, 1, &sum, 0, y, count)
}

/// Names one of the normalisations over an axis.
package protocol SoftmaxName: Sendable {
    static var opType: String { get }
    static var form: SoftmaxForm { get }
}

package enum SoftmaxForm: Sendable {
    /// eˣ / Σeˣ
    case softmax
    /// x − ln Σeˣ
    case logSoftmax
    /// 1 at the first largest element, else 0
    case hardmax
}

package enum Softmax: SoftmaxName {
    package static let opType = "Softmax"
    package static let form = SoftmaxForm.softmax
}
package enum LogSoftmax: SoftmaxName {
    package static let opType = "LogSoftmax"
    package static let form = SoftmaxForm.logSoftmax
}
package enum Hardmax: SoftmaxName {
    package static let opType = "Hardmax"
    package static let form = SoftmaxForm.hardmax
}

/// ONNX `Softmax`, `LogSoftmax` and `Hardmax`: along `axis` (default −1); before opset 13 over all axes from `axis` on
/// (default 1).
package struct SoftmaxOperator<Name: SoftmaxName>: Operator {
    package static var opType: String { Name.opType }
    private let node: NodeDescription
    private let axis: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        axis = try node.int("axis") ?? (node.opset < 13 ? 1 : -1)
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        guard type.dataType.isFloatingPoint else { throw node.mismatch("does not take \(type.dataType)") }
        if let rank = type.rank { _ = try extents([Int](repeating: 1, count: rank)) }
        return [type]
    }

    /// [outer, normalised, inner]
    private func extents(_ shape: [Int]) throws(GraphError) -> (Int, Int, Int) {
        if node.opset < 13 {
            let axis = axis == shape.count ? axis : try node.axis(axis, rank: shape.count)
            return (shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *), 1)
        }
        if shape.isEmpty { return (1, 1, 1) }
        let axis = try node.axis(axis, rank: shape.count)
        return (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        guard x.dataType.isFloatingPoint else { throw node.mismatch("does not take \(x.dataType)") }
        let (outer, count, inner) = try extents(x.shape.dimensions)
        let y = context.output(0, x.dataType, x.shape)
        guard x.elementCount > 0 else { return }
        if x.dataType == .float32, inner == 1, Name.form != .hardmax {
            context.spread(outer, cost: 8 * count) { rows in
                for row in rows { normalise(x.pointer() + row * count, y.pointer() + row * count, count) }
            }
        } else if x.dataType == .float32, Name.form != .hardmax {
            context.spread(outer, cost: 8 * count * inner) { blocks in
                for block in blocks {
                    let at = block * count * inner
                    normaliseColumns(x.pointer() + at, y.pointer() + at, count, inner)
                }
            }
        } else {
            try node.visit(x.dataType, Reference(form: Name.form, x: x, y: y, outer: outer, count: count, inner: inner))
        }
    }

    private func normalise(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
        let largest = ck_f32_reduce(.max, x, count, 0)
        if Name.form == .softmax { return softmax(x, y, count, largest: largest) }
        // The exponentials go through a small buffer: `y` may be `x`, whose values are wanted again.
        let chunk = 256
        withUnsafeTemporaryAllocation(of: Float.self, capacity: chunk) { buffer in
            guard let scratch = buffer.baseAddress else { return }
            var sum: Float = 0
            for start in stride(from: 0, to: count, by: chunk) {
                let length = min(chunk, count - start)
                ck_f32_map(.expShifted, x + start, scratch, length, largest, 0)
                sum += ck_f32_reduce(.sum, scratch, length, 0)
            }
            var logarithm: Float = 0
            ck_f32_map(.log, &sum, &logarithm, 1, 0, 0)
            var shift = largest
            ck_f32_zip(.sub, x, 1, &shift, 0, y, count)
            ck_f32_zip(.sub, y, 1, &logarithm, 0, y, count)
        }
    }

    /// Normalises each column of a dense [count, inner] block, row by row.
    private func normaliseColumns(
        _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, _ inner: Int
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * inner) { buffer in
            guard let largest = buffer.baseAddress else { return }
            let sum = largest + inner, scratch = largest + 2 * inner
            largest.update(from: x, count: inner)
            for row in 1..<max(count, 1) { ck_f32_zip(.max, largest, 1, x + row * inner, 1, largest, inner) }
            sum.update(repeating: 0, count: inner)
            for row in 0..<count {
                let target = Name.form == .softmax ? y + row * inner : scratch
                ck_f32_zip(.sub, x + row * inner, 1, largest, 1, target, inner)
                ck_f32_map(.exp, target, target, inner, 0, 0)
                ck_f32_zip(.add, sum, 1, target, 1, sum, inner)
            }
            if Name.form == .logSoftmax { ck_f32_map(.log, sum, sum, inner, 0, 0) }
            for row in 0..<count {
                let target = y + row * inner
                if Name.form == .softmax {
                    ck_f32_zip(.div, target, 1, sum, 1, target, inner)
                } else {
                    ck_f32_zip(.sub, x + row * inner, 1, largest, 1, target, inner)
                    ck_f32_zip(.sub, target, 1, sum, 1, target, inner)
                }
            }
        }
    }

    private struct Reference: RealVisitor {
        let form: SoftmaxForm
        let x: Tensor
        let y: Tensor
        let outer: Int
        let count: Int
        let inner: Int

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
            for at in 0..<outer * inner {
                let start = at / inner * count * inner + at % inner
                let source = x.pointer(T.self) + start, target = y.pointer(T.self) + start
                var best = 0
                for i in 1..<max(count, 1) where source[i * inner] > source[best * inner] { best = i }
                let largest = Double(source[best * inner])
                if form == .hardmax {
                    for i in 0..<count { target[i * inner] = i == best ? 1 : 0 }
                    continue
                }
                var sum = 0.0
                for i in 0..<count { sum += exp(Double(source[i * inner]) - largest) }
                let logarithm = log(sum)
                for i in 0..<count {
                    let shifted = Double(source[i * inner]) - largest
                    target[i * inner] = T(form == .softmax ? exp(shifted) / sum : shifted - logarithm)
                }
            }
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {}
    }
}
