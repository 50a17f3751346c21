internal import CKernels
package import Graph
internal import Tensors

/// ONNX `Clip`. The bounds are attributes `min` and `max` before opset 11, then optional scalar inputs. Where they cross,
/// the upper one wins.
package struct Clip: Operator {
    package static let opType = "Clip"
    private let node: NodeDescription
    private let lowest: Double?
    private let highest: Double?

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        if node.opset < 11 {
            try node.require(inputs: 1...1)
            lowest = try node.float("min").map(Double.init)
            highest = try node.float("max").map(Double.init)
        } else {
            try node.require(inputs: 1...3)
            lowest = nil
            highest = nil
        }
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        for index in 1..<3 {
            if let bound = node.optionalFact(inputs, index) { try node.sameType(type.dataType, bound.dataType) }
        }
        return [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        for index in 1..<3 {
            guard let bound = context.optionalInput(index) else { continue }
            try node.sameType(x.dataType, bound.dataType)
            guard bound.elementCount == 1 else { throw node.mismatch("a bound of shape \(bound.shape)") }
        }
        try node.visit(
            x.dataType,
            Body(
                x: x, y: context.output(0, x.dataType, x.shape), low: context.optionalInput(1),
                high: context.optionalInput(2), lowest: lowest, highest: highest, context: context))
    }

    private struct Body: RealVisitor {
        let x: Tensor
        let y: Tensor
        let low: Tensor?
        let high: Tensor?
        let lowest: Double?
        let highest: Double?
        let context: RunContext

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
            let a = low.map { $0.pointer(T.self)[0] } ?? lowest.map { T($0) } ?? -T.infinity
            let b = high.map { $0.pointer(T.self)[0] } ?? highest.map { T($0) } ?? T.infinity
            if T.self == Float.self {
                let (x, y, a, b) = (x, y, min(Float(a), Float(b)), Float(b))
                context.spread(x.elementCount, granularity: 1024) { range in
                    let start = range.lowerBound
                    ck_f32_map(.clip, x.pointer(Float.self) + start, y.pointer(Float.self) + start, range.count, a, b)
                }
            } else {
                let source = x.pointer(T.self), target = y.pointer(T.self)
                for i in 0..<x.elementCount { target[i] = source[i].isNaN ? source[i] : min(max(source[i], a), b) }
            }
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {
            let a = low.map { $0.pointer(T.self)[0] } ?? lowest.map { clamped($0) } ?? T.min
            let b = high.map { $0.pointer(T.self)[0] } ?? highest.map { clamped($0) } ?? T.max
            let source = x.pointer(T.self), target = y.pointer(T.self)
            for i in 0..<x.elementCount { target[i] = min(max(source[i], a), b) }
        }
    }
}
