package import CKernels
package import Graph
internal import Tensors

/// A function of two numbers of one type, applied to broadcast inputs.
package protocol BinaryFunction: Sendable {
    static var opType: String { get }
    /// The kernel for float32, where there is one.
    static var kernel: ck_f32_operation? { get }
    init(_ node: NodeDescription) throws(GraphError)
    func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T
    /// Whole numbers wrap; what has no result (division by zero) gives zero.
    func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T
}

extension BinaryFunction {
    package static var kernel: ck_f32_operation? { nil }
}

/// The operator that applies a ``BinaryFunction`` to two inputs under NumPy's broadcasting rule.
///
/// Before opset 7 the second input was broadcast against the axes of the first that start at attribute `axis`.
package struct BinaryOperator<Function: BinaryFunction>: Operator {
    package static var opType: String { Function.opType }
    let node: NodeDescription
    private let function: Function
    let alignment: LegacyBroadcast?

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        function = try Function(node)
        alignment = try LegacyBroadcast(node)
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let a = try node.fact(inputs, 0).type
        let b = try node.fact(inputs, 1).type
        try node.sameType(a.dataType, b.dataType)
        if let alignment { return [alignment.outputType(a, b)] }
        return [ValueType(a.dataType, try node.broadcast([a.dimensions, b.dimensions]))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0)
        var b = context.input(1)
        if a.dataType.isHalf { return try runWidened(context, a.dataType, node: node) }
        try node.sameType(a.dataType, b.dataType)
        if let alignment { b = try alignment.aligned(b, to: a.shape, node) }
        try applyBinary(function, a, b, context, node)
    }
}

/// Computes output 0 of `context` from two inputs of one type.
func applyBinary<Function: BinaryFunction>(
    _ function: Function, _ a: Tensor, _ b: Tensor, _ context: RunContext, _ node: NodeDescription
) throws(GraphError) {
    if a.dataType == .float32, let kernel = Function.kernel {
        if a.shape == b.shape {
            let y = context.output(0, .float32, a.shape)
            context.spread(a.elementCount, granularity: 1024) { range in
                let start = range.lowerBound
                ck_f32_zip(
                    kernel, a.pointer(Float.self) + start, 1, b.pointer(Float.self) + start, 1,
                    y.pointer(Float.self) + start, range.count)
            }
            return
        }
        if let lanes = LaneBroadcast(kernel, a, b) { return lanes.run(context) }
        let plan = try BroadcastPlan([a.shape, b.shape], node: node)
        let y = context.output(0, .float32, plan.shape)
        context.spread(plan.runs, cost: plan.run) { range in
            plan.forEachRun(in: range) { at, from in
                ck_f32_zip(
                    kernel, a.pointer(Float.self) + from[0], plan.runStrides[0], b.pointer(Float.self) + from[1],
                    plan.runStrides[1], y.pointer(Float.self) + at, plan.run)
            }
        }
        return
    }
    let plan = try BroadcastPlan([a.shape, b.shape], node: node)
    let y = context.output(0, a.dataType, plan.shape)
    try node.visit(a.dataType, BinaryReference(function: function, plan: plan, a: a, b: b, y: y))
}

private struct BinaryReference<Function: BinaryFunction>: RealVisitor {
    let function: Function
    let plan: BroadcastPlan
    let a: Tensor
    let b: Tensor
    let y: Tensor

    func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
        each(type) { function($0, $1) }
    }

    func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {
        each(type) { function($0, $1) }
    }

    @inline(__always)
    private func each<T: TensorElement>(_ type: T.Type, _ body: (T, T) -> T) {
        let first = a.pointer(T.self), second = b.pointer(T.self), target = y.pointer(T.self)
        let firstStride = plan.runStrides[0], secondStride = plan.runStrides[1]
        plan.forEachRun(in: 0..<plan.runs) { at, from in
            let u = first + from[0], v = second + from[1], w = target + at
            for i in 0..<plan.run { w[i] = body(u[i * firstStride], v[i * secondStride]) }
        }
    }
}
