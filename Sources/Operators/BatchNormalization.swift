internal import CKernels
package import Graph
package import Tensors

/// y = (x − mean) · scale / √(variance + epsilon) + bias for each channel, with the statistics of training.
/// x: [N, C, …], the others: [C]. Float32 and float64; 16-bit floats are computed in float32.
package struct BatchNormalization: Operator {
    package static let opType = "BatchNormalization"

    private let node: NodeDescription
    package let epsilon: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        epsilon = try node.float("epsilon") ?? 1e-5
        guard try node.int("training_mode") ?? 0 == 0 else { throw node.unsupported("training mode") }
        guard try node.int("spatial") ?? 1 == 1 else { throw node.unsupported("spatial = 0") }
        if node.opset < 7, try node.int("is_test") ?? 0 == 0 { throw node.unsupported("training mode") }
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type else { throw node.malformed("x is required") }
        guard inputs.allSatisfy({ $0?.type.dataType.isFloatingPoint ?? false }) else {
            throw node.unsupported("\(x.dataType)")
        }
        return [x]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let channels = x.shape.rank > 1 ? x.shape[1] : 1
        let wide = x.dataType == .float64 ? DataType.float64 : .float32
        var parameters: [Tensor] = []
        for index in 1...4 { parameters.append(try context.input(index).converted(to: wide, node: node)) }
        guard x.shape.rank >= 1, parameters.allSatisfy({ $0.shape == [channels] }) else {
            throw node.mismatch("x \(x.shape), parameters \(parameters.map(\.shape))")
        }
        if x.dataType == .float64 { return normalise(x, parameters, channels, context) }
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        let (scale, bias) = Self.affine(parameters, epsilon)
        let y = context.output(0, .float32, x.shape)
        guard let input = x.elements(as: Float.self).baseAddress,
            let output = y.mutableElements(as: Float.self).baseAddress, x.elementCount > 0
        else { return }
        let plane = x.elementCount / (x.shape[0] * channels)
        for index in 0..<x.shape[0] * channels {
            ck_f32_map(
                .scale, input + index * plane, output + index * plane, plane, scale[index % channels],
                bias[index % channels])
        }
    }

    private func normalise(_ x: Tensor, _ parameters: [Tensor], _ channels: Int, _ context: RunContext) {
        let y = context.output(0, .float64, x.shape)
        guard x.elementCount > 0 else { return }
        let plane = x.elementCount / (x.shape[0] * channels)
        let (source, target) = (x.pointer(Double.self), y.pointer(Double.self))
        let values = parameters.map { $0.elements(as: Double.self) }
        for index in 0..<x.shape[0] * channels {
            let channel = index % channels
            let scale = values[0][channel] / (values[3][channel] + Double(epsilon)).squareRoot()
            for i in index * plane..<(index + 1) * plane {
                target[i] = (source[i] - values[2][channel]) * scale + values[1][channel]
            }
        }
    }

    /// The normalisation as y = scale · x + bias for each channel.
    ///
    /// - Parameter parameters: scale, bias, mean and variance, each [C].
    package static func affine(_ parameters: [Tensor], _ epsilon: Float) -> (scale: [Float], bias: [Float]) {
        let values = parameters.map { $0.elements(as: Float.self) }
        let scale = zip(values[0], values[3]).map { $0 / ($1 + epsilon).squareRoot() }
        let bias = scale.indices.map { values[1][$0] - values[2][$0] * scale[$0] }
        return (scale, bias)
    }
}
