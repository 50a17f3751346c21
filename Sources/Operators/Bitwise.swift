package import Graph
internal import Tensors

/// A function of two bit patterns.
package protocol BitFunction: Sendable {
    static var opType: String { get }
    /// Whether the operator works on bool (`And`) rather than on whole numbers (`BitwiseAnd`).
    static var isLogical: Bool { get }
    static func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T
}

/// ONNX `And`, `Or`, `Xor` on bool, and their `Bitwise…` namesakes on whole numbers, with broadcasting.
package struct BitOperator<Function: BitFunction>: Operator {
    package static var opType: String { Function.opType }
    private let node: NodeDescription
    private let alignment: LegacyBroadcast?

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        alignment = try LegacyBroadcast(node)
    }

    private func check(_ a: DataType, _ b: DataType) throws(GraphError) {
        try node.sameType(a, b)
        guard Function.isLogical ? a == .bool : a.isInteger else { throw node.mismatch("does not take \(a)") }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let a = try node.fact(inputs, 0).type, b = try node.fact(inputs, 1).type
        try check(a.dataType, b.dataType)
        if alignment != nil { return [a] }
        return [ValueType(a.dataType, try node.broadcast([a.dimensions, b.dimensions]))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0)
        var b = context.input(1)
        try check(a.dataType, b.dataType)
        if let alignment { b = try alignment.aligned(b, to: a.shape, node) }
        let plan = try BroadcastPlan([a.shape, b.shape], node: node)
        let y = context.output(0, a.dataType, plan.shape)
        switch a.dataType.byteWidth {
        case 1: apply(UInt8.self, plan, a, b, y)
        case 2: apply(UInt16.self, plan, a, b, y)
        case 4: apply(UInt32.self, plan, a, b, y)
        default: apply(UInt64.self, plan, a, b, y)
        }
    }

    private func apply<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type, _ plan: BroadcastPlan, _ a: Tensor, _ b: Tensor, _ y: Tensor
    ) {
        plan.forEachRun(in: 0..<plan.runs) { at, from in
            let u = a.pointer(T.self) + from[0], v = b.pointer(T.self) + from[1], w = y.pointer(T.self) + at
            for i in 0..<plan.run { w[i] = Function.combine(u[i * plan.runStrides[0]], v[i * plan.runStrides[1]]) }
        }
    }
}

/// ONNX `And`.
package enum And: BitFunction {
    package static let opType = "And"
    package static let isLogical = true
    package static func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a & b }
}

/// ONNX `BitwiseAnd`.
package enum BitwiseAnd: BitFunction {
    package static let opType = "BitwiseAnd"
    package static let isLogical = false
    package static func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a & b }
}

/// ONNX `Or`.
package enum Or: BitFunction {
    package static let opType = "Or"
    package static let isLogical = true
    package static func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a | b }
}

/// ONNX `BitwiseOr`.
package enum BitwiseOr: BitFunction {
    package static let opType = "BitwiseOr"
    package static let isLogical = false
    package static func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a | b }
}

/// ONNX `Xor`.
package enum Xor: BitFunction {
    package static let opType = "Xor"
    package static let isLogical = true
    package static func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a ^ b }
}

/// ONNX `BitwiseXor`.
package enum BitwiseXor: BitFunction {
    package static let opType = "BitwiseXor"
    package static let isLogical = false
    package static func combine<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a ^ b }
}
