package import Graph
internal import Tensors

/// ONNX `Range`: start, start + delta, … below limit (above it for a negative delta).
package struct RangeOperator: Operator {
    package static let opType = "Range"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...3)
        self.node = node
    }

    /// The number of elements, counted in the type of the bounds so that long ranges of int64 stay exact.
    private func count(_ start: Tensor, _ limit: Tensor, _ delta: Tensor) throws(GraphError) -> Int {
        if start.dataType.isInteger, start.dataType != .uint64 {
            let (first, last, step) = (
                try node.integer(start), try node.integer(limit), try node.integer(delta)
            )
            guard step != 0 else { throw node.mismatch("a delta of 0") }
            let (length, overflow) = last.subtractingReportingOverflow(first)
            guard !overflow else { throw node.mismatch("a range from \(first) to \(last)") }
            if length == 0 || (length > 0) != (step > 0) { return 0 }
            let whole = length.magnitude / step.magnitude + (length.magnitude % step.magnitude == 0 ? 0 : 1)
            return Int(clamping: whole)
        }
        let (first, last, step) = (try node.number(start), try node.number(limit), try node.number(delta))
        guard step != 0, first.isFinite, last.isFinite, step.isFinite else {
            throw node.mismatch("a range from \(first) to \(last) by \(step)")
        }
        return clamped(max(((last - first) / step).rounded(.up), 0))
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let start = try node.fact(inputs, 0), limit = try node.fact(inputs, 1), delta = try node.fact(inputs, 2)
        guard let a = start.constant, let b = limit.constant, let c = delta.constant else {
            return [ValueType(start.dataType, [.unknown])]
        }
        return [ValueType(start.dataType, shape: try node.shape([try count(a, b, c)]))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let start = context.input(0), delta = context.input(2)
        if start.dataType.isHalf { return try runWidened(context, start.dataType, node: node) }
        try node.sameType(start.dataType, context.input(1).dataType)
        try node.sameType(start.dataType, delta.dataType)
        let count = try count(start, context.input(1), delta)
        let y = context.output(0, start.dataType, try node.shape([count]))
        try node.visit(start.dataType, Body(start: start, delta: delta, y: y))
    }

    private struct Body: RealVisitor {
        let start: Tensor
        let delta: Tensor
        let y: Tensor

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
            let first = start.pointer(T.self)[0], step = delta.pointer(T.self)[0], target = y.pointer(T.self)
            for i in 0..<y.elementCount { target[i] = first + T(i) * step }
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {
            let step = delta.pointer(T.self)[0], target = y.pointer(T.self)
            var value = start.pointer(T.self)[0]
            for i in 0..<y.elementCount {
                target[i] = value
                value = value &+ step
            }
        }
    }
}
