package import Graph
internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// ONNX `LRN`: x / (bias + alpha/size · Σx²)^beta, the sum over `size` neighbouring channels. x: [N, C, …].
/// A. Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012, section 3.3.
package struct LRN: Operator {
    package static let opType = "LRN"
    private let node: NodeDescription
    private let size: Int
    private let alpha: Double
    private let beta: Double
    private let bias: Double

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        guard let size = try node.int("size"), size > 0 else { throw node.malformed("size must be positive") }
        self.size = size
        alpha = Double(try node.float("alpha") ?? 0.0001)
        beta = Double(try node.float("beta") ?? 0.75)
        bias = Double(try node.float("bias") ?? 1)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [try node.fact(inputs, 0).type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        guard x.dataType.isFloatingPoint else { throw node.mismatch("does not take \(x.dataType)") }
        guard x.shape.rank >= 2 else { throw node.mismatch("an input of rank \(x.shape.rank)") }
        let y = context.output(0, x.dataType, x.shape)
        if x.dataType == .float64 {
            normalise(x, y, context, Double.self)
        } else {
            normalise(x, y, context, Float.self)
        }
    }

    private func normalise<T: BinaryFloatingPoint & TensorElement>(
        _ x: Tensor, _ y: Tensor, _ context: RunContext, _ type: T.Type
    ) {
        let channels = x.shape[1]
        let plane = x.shape.dimensions[2...].reduce(1, *)
        let (before, after) = (min((size - 1) / 2, channels), min(size / 2, channels))
        context.spread(x.shape[0], cost: 40 * channels * plane) { entries in
            for entry in entries {
                let source = x.pointer(T.self) + entry * channels * plane
                let target = y.pointer(T.self) + entry * channels * plane
                for channel in 0..<channels {
                    let window = max(0, channel - before)...min(channels - 1, channel + after)
                    for i in 0..<plane {
                        var sum = 0.0
                        for other in window {
                            let value = Double(source[other * plane + i])
                            sum += value * value
                        }
                        let divisor = pow(bias + alpha / Double(size) * sum, beta)
                        target[channel * plane + i] = T(Double(source[channel * plane + i]) / divisor)
                    }
                }
            }
        }
    }
}
