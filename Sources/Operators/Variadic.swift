package import CKernels
package import Graph
internal import Tensors

/// A ``BinaryFunction`` folded over any number of inputs; `Mean` divides by their number at the end.
package protocol VariadicFunction: BinaryFunction {
    static var averages: Bool { get }
}

extension VariadicFunction {
    package static var averages: Bool { false }
}

/// ONNX `Max`.
package struct Max: VariadicFunction {
    package static let opType = "Max"
    package static let kernel: ck_f32_operation? = .max
    package init(_ node: NodeDescription) {}
    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a > b || a.isNaN ? a : b }
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { max(a, b) }
}

/// ONNX `Min`.
package struct Min: VariadicFunction {
    package static let opType = "Min"
    package static let kernel: ck_f32_operation? = .min
    package init(_ node: NodeDescription) {}
    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a < b || a.isNaN ? a : b }
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { min(a, b) }
}

/// ONNX `Sum`.
package struct Sum: VariadicFunction {
    package static let opType = "Sum"
    package static let kernel: ck_f32_operation? = .add
    package init(_ node: NodeDescription) {}
    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a + b }
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }
}

/// ONNX `Mean`.
package struct Mean: VariadicFunction {
    package static let opType = "Mean"
    package static let kernel: ck_f32_operation? = .add
    package static let averages = true
    package init(_ node: NodeDescription) {}
    package func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a + b }
    package func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }
}

/// ONNX `Max`, `Min`, `Sum` and `Mean` of one or more broadcast inputs.
package struct VariadicOperator<Function: VariadicFunction>: Operator {
    package static var opType: String { Function.opType }
    private let node: NodeDescription
    private let function: Function

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...Int.max)
        guard node.hasInput.allSatisfy({ $0 }) else { throw node.malformed("an input is left out") }
        self.node = node
        function = try Function(node)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let first = try node.fact(inputs, 0)
        var shapes: [[Dimension]?] = []
        for index in inputs.indices {
            let fact = try node.fact(inputs, index)
            try node.sameType(first.dataType, fact.dataType)
            shapes.append(fact.dimensions)
        }
        return [ValueType(first.dataType, try node.broadcast(shapes))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let first = context.input(0)
        if first.dataType.isHalf { return try runWidened(context, first.dataType, node: node) }
        for index in context.inputs.indices { try node.sameType(first.dataType, context.input(index).dataType) }
        var result = first
        for index in context.inputs.indices.dropFirst() {
            // The last step goes straight to the output unless a division follows.
            let isLast = index == context.inputs.count - 1 && !Function.averages
            let step = isLast ? context : RunContext(inputs: [], outputs: [nil], parallelism: context.parallelism)
            try applyBinary(function, result, context.input(index), step, node)
            if isLast { return }
            guard let partial = step.outputs[0] else { throw node.malformed("made no output") }
            result = partial
        }
        guard Function.averages else { return context.setOutput(0, result) }
        let count = try Tensor(scalar: Double(context.inputs.count)).converted(to: first.dataType, node: node)
        try applyBinary(Div(node), result, count, context, node)
    }
}
