package import Graph
internal import Tensors

/// ONNX `LpNormalization`: divides by the L1 or L2 norm along `axis`; where the norm is 0 the result is 0.
package struct LpNormalization: Operator {
    package static let opType = "LpNormalization"
    private let node: NodeDescription
    private let axis: Int
    private let order: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        axis = try node.int("axis") ?? -1
        order = try node.int("p") ?? 2
        guard order == 1 || order == 2 else { throw node.malformed("p is \(order)") }
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        if let rank = type.rank { _ = try node.axis(axis, rank: rank) }
        return [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        let axis = try node.axis(axis, rank: x.shape.rank)
        let y = context.output(0, x.dataType, x.shape)
        try node.visit(
            x.dataType, Body(layout: ReductionLayout(x, axes: [axis]), x: x, y: y, isL1: order == 1, node: node))
    }

    private struct Body: RealVisitor {
        let layout: ReductionLayout
        let x: Tensor
        let y: Tensor
        let isL1: Bool
        let node: NodeDescription

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) throws(GraphError) {
            let count = layout.reduced, step = layout.inner
            for at in 0..<layout.outer * step {
                let start = at / step * count * step + at % step
                let source = x.pointer(T.self) + start, target = y.pointer(T.self) + start
                var sum = 0.0
                for i in 0..<count {
                    let value = Double(source[i * step])
                    sum += isL1 ? value.magnitude : value * value
                }
                let norm = isL1 ? sum : sum.squareRoot()
                for i in 0..<count { target[i * step] = norm == 0 ? 0 : T(Double(source[i * step]) / norm) }
            }
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) throws(GraphError) {
            throw node.mismatch("does not take \(x.dataType)")
        }
    }
}
