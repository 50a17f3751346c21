package import Graph
internal import Tensors

/// ONNX `CumSum`: running sums along an axis, from the end with `reverse`, without the element itself with `exclusive`.
package struct CumSum: Operator {
    package static let opType = "CumSum"
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

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) { sum(type, 0) { $0 + $1 } }
        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) { sum(type, 0) { $0 &+ $1 } }

        private func sum<T: BitwiseCopyable>(_ type: T.Type, _ zero: T, _ add: (T, T) -> T) {
            let source = x.pointer(T.self), target = y.pointer(T.self)
            let count = layout.reduced, step = layout.inner
            for at in 0..<layout.outer * step {
                let start = at / step * count * step + at % step
                var total = zero
                for i in 0..<count {
                    let place = start + (reverse ? count - 1 - i : i) * step
                    let value = source[place]
                    if exclusive { target[place] = total }
                    total = add(total, value)
                    if !exclusive { target[place] = total }
                }
            }
        }
    }
}
