internal import CKernels
package import Graph
internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// ONNX `Pow`: the output has the type of the base; the exponent may be of any real type. Powers are taken in double and
/// rounded once; whole numbers to whole powers wrap.
package struct Pow: Operator {
    package static let opType = "Pow"
    private let node: NodeDescription
    private let alignment: LegacyBroadcast?

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        alignment = try LegacyBroadcast(node)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let base = try node.fact(inputs, 0).type
        if alignment != nil { return [base] }
        return [
            ValueType(base.dataType, try node.broadcast([base.dimensions, try node.fact(inputs, 1).dimensions]))
        ]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        let given = context.input(1)
        var exponent = try given.converted(to: .float64, node: node)
        if x.dataType == .float32, exponent.elementCount == 1, exponent.shape.rank <= x.shape.rank {
            if raise(x, to: exponent.array(of: Double.self)[0], context) { return }
        }
        if let alignment { exponent = try alignment.aligned(exponent, to: x.shape, node) }
        let plan = try BroadcastPlan([x.shape, exponent.shape], node: node)
        let y = context.output(0, x.dataType, plan.shape)
        try node.visit(x.dataType, Body(plan: plan, x: x, exponent: exponent, y: y))
    }

    /// The powers that one kernel gives with the same rounding.
    private func raise(_ x: Tensor, to exponent: Double, _ context: RunContext) -> Bool {
        let y: Tensor
        switch exponent {
        case 2:
            y = context.output(0, .float32, x.shape)
            ck_f32_zip(.mul, x.pointer(), 1, x.pointer(), 1, y.pointer(), x.elementCount)
        case 1: context.setOutput(0, x)
        case -1:
            y = context.output(0, .float32, x.shape)
            ck_f32_map(.reciprocal, x.pointer(), y.pointer(), x.elementCount, 0, 0)
        default: return false
        }
        return true
    }

    private struct Body: RealVisitor {
        let plan: BroadcastPlan
        let x: Tensor
        let exponent: Tensor
        let y: Tensor

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
            each(type) { T(pow(Double($0), $1)) }
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {
            each(type) { (base: T, exponent: Double) -> T in
                guard exponent >= 0, exponent == exponent.rounded(), exponent < 0x1p32 else {
                    return clamped(pow(Double(base), exponent))
                }
                var result: T = 1, square = base, rest = UInt64(exponent)
                while rest > 0 {
                    if rest & 1 == 1 { result = result &* square }
                    square = square &* square
                    rest >>= 1
                }
                return result
            }
        }

        @inline(__always)
        private func each<T: BitwiseCopyable>(_ type: T.Type, _ power: (T, Double) -> T) {
            plan.forEachRun(in: 0..<plan.runs) { at, from in
                let u = x.pointer(T.self) + from[0], v = exponent.pointer(Double.self) + from[1]
                let w = y.pointer(T.self) + at
                for i in 0..<plan.run { w[i] = power(u[i * plan.runStrides[0]], v[i * plan.runStrides[1]]) }
            }
        }
    }
}
