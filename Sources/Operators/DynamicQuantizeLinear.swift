package import Graph
internal import Tensors

/// ONNX `DynamicQuantizeLinear`: quantises float32 to uint8 with the scale and zero point that its own range, widened to
/// hold 0, asks for. Outputs: y, scale, zero point.
package struct DynamicQuantizeLinear: Operator {
    package static let opType = "DynamicQuantizeLinear"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1, outputs: 1...3)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [
            ValueType(.uint8, try node.fact(inputs, 0).dimensions), ValueType(.float32, []), ValueType(.uint8, []),
        ]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.dataType == .float32 else { throw node.mismatch("does not take \(x.dataType)") }
        let values = x.elements(as: Float.self)
        let low = values.reduce(0) { min($0, $1) }, high = values.reduce(0) { max($0, $1) }
        let scale = (high - low) / 255
        let zero = scale == 0 ? 0 : min(max((0 - low / scale).rounded(.toNearestOrEven), 0), 255)
        if node.hasOutput(0) {
            let y = context.output(0, .uint8, x.shape).pointer(UInt8.self)
            for i in 0..<values.count {
                let value = scale == 0 ? 0 : (values[i] / scale).rounded(.toNearestOrEven) + zero
                y[i] = value.isNaN ? UInt8(zero) : UInt8(min(max(value, 0), 255))
            }
        }
        if node.hasOutput(1) { context.output(1, .float32, .scalar).pointer(Float.self)[0] = scale }
        if node.hasOutput(2) { context.output(2, .uint8, .scalar).pointer(UInt8.self)[0] = clamped(zero) }
    }
}
