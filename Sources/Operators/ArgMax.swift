package import Graph
internal import Tensors

/// Names `ArgMax` and `ArgMin`.
package protocol ArgName: Sendable {
    static var opType: String { get }
    static func isBetter<T: Comparable>(_ a: T, than b: T) -> Bool
}

package enum ArgMax: ArgName {
    package static let opType = "ArgMax"
    package static func isBetter<T: Comparable>(_ a: T, than b: T) -> Bool { a > b }
}

package enum ArgMin: ArgName {
    package static let opType = "ArgMin"
    package static func isBetter<T: Comparable>(_ a: T, than b: T) -> Bool { a < b }
}

/// ONNX `ArgMax` and `ArgMin`: the index of the extreme along `axis`, the first of equals unless `select_last_index`.
package struct ArgOperator<Name: ArgName>: Operator {
    package static var opType: String { Name.opType }
    private let node: NodeDescription
    private let axis: Int
    private let keepsAxis: Bool
    private let takesLast: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        axis = try node.int("axis") ?? 0
        keepsAxis = try node.int("keepdims") ?? 1 != 0
        takesLast = try node.int("select_last_index") ?? 0 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard var dimensions = try node.fact(inputs, 0).dimensions else { return [ValueType(.int64, nil)] }
        let axis = try node.axis(axis, rank: dimensions.count)
        if keepsAxis { dimensions[axis] = .fixed(1) } else { dimensions.remove(at: axis) }
        return [ValueType(.int64, dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        var extents = x.shape.dimensions
        let axis = try node.axis(axis, rank: extents.count)
        guard extents[axis] > 0 else { throw node.mismatch("an axis without elements") }
        let layout = ReductionLayout(x, axes: [axis])
        if keepsAxis { extents[axis] = 1 } else { extents.remove(at: axis) }
        let y = context.output(0, .int64, Shape(extents))
        try node.visit(x.dataType, Body(layout: layout, y: y, takesLast: takesLast))
    }

    private struct Body: RealVisitor {
        let layout: ReductionLayout
        let y: Tensor
        let takesLast: Bool

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) { search(type) }
        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) { search(type) }

        private func search<T: Comparable & BitwiseCopyable>(_ type: T.Type) {
            let target = y.pointer(Int64.self)
            for at in 0..<y.elementCount {
                let outer = at / layout.inner, inner = at % layout.inner
                let x = layout.data.pointer(T.self) + outer * layout.reduced * layout.inner + inner
                var best = 0
                for i in 1..<max(layout.reduced, 1) {
                    let value = x[i * layout.inner], record = x[best * layout.inner]
                    if Name.isBetter(value, than: record) || (takesLast && value == record) { best = i }
                }
                target[at] = Int64(best)
            }
        }
    }
}
