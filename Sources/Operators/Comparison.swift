package import Graph
internal import Tensors

/// A relation between two numbers.
package protocol ComparisonFunction: Sendable {
    static var opType: String { get }
    static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool
}

/// ONNX `Equal`, `Less`, `Greater`, `LessOrEqual` and `GreaterOrEqual`: bool output, broadcast inputs of one real type
/// (or bool, where false comes before true).
package struct Comparison<Function: ComparisonFunction>: Operator {
    package static var opType: String { Function.opType }
    private let node: NodeDescription
    private let alignment: LegacyBroadcast?

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        alignment = try LegacyBroadcast(node)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let a = try node.fact(inputs, 0).type, b = try node.fact(inputs, 1).type
        try node.sameType(a.dataType, b.dataType)
        if alignment != nil { return [ValueType(.bool, a.dimensions)] }
        return [ValueType(.bool, try node.broadcast([a.dimensions, b.dimensions]))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0)
        var b = context.input(1)
        try node.sameType(a.dataType, b.dataType)
        if a.dataType.isHalf { return try runWidened(context, a.dataType, node: node) }
        if let alignment { b = try alignment.aligned(b, to: a.shape, node) }
        let plan = try BroadcastPlan([a.shape, b.shape], node: node)
        let body = Body(plan: plan, a: a, b: b, y: context.output(0, .bool, plan.shape))
        try node.visit(a.dataType == .bool ? .uint8 : a.dataType, body)
    }

    private struct Body: RealVisitor {
        let plan: BroadcastPlan
        let a: Tensor
        let b: Tensor
        let y: Tensor

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) { compare(type) }
        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) { compare(type) }

        @inline(__always)
        private func compare<T: Comparable & BitwiseCopyable>(_ type: T.Type) {
            let first = a.pointer(T.self), second = b.pointer(T.self), target = y.pointer(Bool.self)
            let firstStride = plan.runStrides[0], secondStride = plan.runStrides[1]
            plan.forEachRun(in: 0..<plan.runs) { at, from in
                let u = first + from[0], v = second + from[1], w = target + at
                for i in 0..<plan.run { w[i] = Function.holds(u[i * firstStride], v[i * secondStride]) }
            }
        }
    }
}

/// ONNX `Equal`.
package enum Equal: ComparisonFunction {
    package static let opType = "Equal"
    package static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool { a == b }
}

/// ONNX `Less`.
package enum Less: ComparisonFunction {
    package static let opType = "Less"
    package static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool { a < b }
}

/// ONNX `LessOrEqual`.
package enum LessOrEqual: ComparisonFunction {
    package static let opType = "LessOrEqual"
    package static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool { a <= b }
}

/// ONNX `Greater`.
package enum Greater: ComparisonFunction {
    package static let opType = "Greater"
    package static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool { a > b }
}

/// ONNX `GreaterOrEqual`.
package enum GreaterOrEqual: ComparisonFunction {
    package static let opType = "GreaterOrEqual"
    package static func holds<T: Comparable>(_ a: T, _ b: T) -> Bool { a >= b }
}
