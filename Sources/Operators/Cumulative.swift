package import Graph
internal import Tensors

/// Names one of the running totals along an axis.
package protocol CumulativeName: Sendable {
    static var opType: String { get }
    static var opsets: ClosedRange<Int> { get }
    static var multiplies: Bool { get }
}

package enum CumSum: CumulativeName {
    package static let opType = "CumSum"
    package static let opsets = 11...Int.max
    package static let multiplies = false
}

package enum CumProd: CumulativeName {
    package static let opType = "CumProd"
    package static let opsets = 26...Int.max
    package static let multiplies = true
}

/// ONNX `CumSum` and `CumProd`: running sums or products along an axis, from the end with `reverse`, without the element
/// itself with `exclusive`.
package struct CumulativeOperator<Name: CumulativeName>: Operator {
    package static var opType: String { Name.opType }
    package static var opsets: ClosedRange<Int> { Name.opsets }
    private let node: NodeDescription
    private let exclusive: Bool
    private let reverse: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        exclusive = try node.int("exclusive") ?? 0 != 0
        reverse = try node.int("reverse") ?? 0 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [try node.fact(inputs, 0).type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        let axis = try node.axis(try node.integer(context.input(1)), rank: x.shape.rank)
        let y = context.output(0, x.dataType, x.shape)
        try node.visit(
            x.dataType,
            Body(x: x, y: y, layout: ReductionLayout(x, axes: [axis]), exclusive: exclusive, reverse: reverse))
    }

    private struct Body: RealVisitor {
        let x: Tensor
        let y: Tensor
        let layout: ReductionLayout
        let exclusive: Bool
        let reverse: Bool

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
            if Name.multiplies { total(T(1)) { $0 * $1 } } else { total(T(0)) { $0 + $1 } }
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {
            if Name.multiplies { total(T(1)) { $0 &* $1 } } else { total(T(0)) { $0 &+ $1 } }
        }

        private func total<T: BitwiseCopyable>(_ start: T, _ join: (T, T) -> T) {
            let source = x.pointer(T.self), target = y.pointer(T.self)
            let count = layout.reduced, step = layout.inner
            for at in 0..<layout.outer * step {
                let first = at / step * count * step + at % step
                var total = start
                for i in 0..<count {
                    let place = first + (reverse ? count - 1 - i : i) * step
                    let value = source[place]
                    if exclusive { target[place] = total }
                    total = join(total, value)
                    if !exclusive { target[place] = total }
                }
            }
        }
    }
}
