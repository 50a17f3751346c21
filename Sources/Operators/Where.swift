package import Graph
internal import Tensors

/// ONNX `Where`: elements of the second input where the condition holds, else of the third; all three broadcast.
package struct Where: Operator {
    package static let opType = "Where"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...3)
        self.node = node
    }

    private func check(_ condition: DataType, _ a: DataType, _ b: DataType) throws(GraphError) {
        guard condition == .bool else { throw node.mismatch("a condition of type \(condition)") }
        try node.sameType(a, b)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let condition = try node.fact(inputs, 0), a = try node.fact(inputs, 1), b = try node.fact(inputs, 2)
        try check(condition.dataType, a.dataType, b.dataType)
        return [ValueType(a.dataType, try node.broadcast([condition.dimensions, a.dimensions, b.dimensions]))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let condition = context.input(0), a = context.input(1), b = context.input(2)
        try check(condition.dataType, a.dataType, b.dataType)
        let plan = try BroadcastPlan([condition.shape, a.shape, b.shape], node: node)
        let y = context.output(0, a.dataType, plan.shape)
        visitWidth(a.dataType, Body(plan: plan, condition: condition, a: a, b: b, y: y))
    }

    private struct Body: WidthVisitor {
        let plan: BroadcastPlan
        let condition: Tensor
        let a: Tensor
        let b: Tensor
        let y: Tensor

        func visit<T: BitwiseCopyable>(_ type: T.Type) {
            let steps = (plan.runStrides[0], plan.runStrides[1], plan.runStrides[2])
            plan.forEachRun(in: 0..<plan.runs) { at, from in
                let choice = condition.pointer(UInt8.self) + from[0]
                let u = a.pointer(T.self) + from[1], v = b.pointer(T.self) + from[2], w = y.pointer(T.self) + at
                for i in 0..<plan.run { w[i] = choice[i * steps.0] != 0 ? u[i * steps.1] : v[i * steps.2] }
            }
        }
    }
}
