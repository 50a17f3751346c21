package import CKernels
package import Graph
internal import Tensors

/// A function of one real number that an operator applies to every element.
package protocol UnaryFunction: Sendable {
    static var opType: String { get }
    static var opsets: ClosedRange<Int> { get }
    /// Whether whole numbers are allowed too.
    static var takesIntegers: Bool { get }
    init(_ node: NodeDescription) throws(GraphError)
    /// The reference: exact up to rounding in double.
    func callAsFunction(_ x: Double) -> Double
    func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T
    /// The kernel for float32 and its two parameters; `nil` to round the reference.
    var kernel: (function: ck_f32_function, a: Float, b: Float)? { get }
}

extension UnaryFunction {
    package static var opsets: ClosedRange<Int> { 1...Int.max }
    package static var takesIntegers: Bool { false }
    package func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { x }
    package var kernel: (function: ck_f32_function, a: Float, b: Float)? { nil }
}

/// The operator that applies a ``UnaryFunction``. Input: any shape, real; output: the same type and shape.
package struct UnaryOperator<Function: UnaryFunction>: Operator {
    package static var opType: String { Function.opType }
    package static var opsets: ClosedRange<Int> { Function.opsets }
    private let node: NodeDescription
    private let function: Function

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        function = try Function(node)
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        guard type.dataType.isFloatingPoint || (Function.takesIntegers && type.dataType.isInteger) else {
            throw node.mismatch("does not take \(type.dataType)")
        }
        return [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        guard x.dataType.isFloatingPoint || Function.takesIntegers else {
            throw node.mismatch("does not take \(x.dataType)")
        }
        let y = context.output(0, x.dataType, x.shape)
        if x.dataType == .float32, let kernel = function.kernel {
            context.spread(x.elementCount, cost: 4, granularity: 1024) { range in
                ck_f32_map(
                    kernel.function, x.pointer(Float.self) + range.lowerBound, y.pointer(Float.self) + range.lowerBound,
                    range.count, kernel.a, kernel.b)
            }
        } else {
            try node.visit(x.dataType, Reference(function: function, x: x, y: y))
        }
    }

    private struct Reference: RealVisitor {
        let function: Function
        let x: Tensor
        let y: Tensor

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
            let source = x.pointer(T.self), target = y.pointer(T.self)
            for i in 0..<x.elementCount { target[i] = T(function(Double(source[i]))) }
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {
            let source = x.pointer(T.self), target = y.pointer(T.self)
            for i in 0..<x.elementCount { target[i] = function(source[i]) }
        }
    }
}
