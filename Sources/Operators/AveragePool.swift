package import Graph
internal import Tensors

/// Mean over a sliding window, of the elements inside x or, with `count_include_pad`, of the padding as well.
/// x: [N, C, …] with up to three spatial axes. Float32 and float64; 16-bit floats are computed in float32.
package struct AveragePool: Operator {
    package static let opType = "AveragePool"

    let node: NodeDescription
    let sliding: SlidingWindow
    let kernel: [Int]
    let countsPadding: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        sliding = try SlidingWindow(node)
        guard let kernel = sliding.kernel else { throw node.malformed("kernel_shape is missing") }
        self.kernel = kernel
        countsPadding = try node.int("count_include_pad") ?? 0 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type else { throw node.malformed("x is required") }
        guard x.dataType.isFloatingPoint else { throw node.unsupported("\(x.dataType)") }
        return [try sliding.pooledType(x, kernel: kernel)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        let (geometry, shape) = try sliding.pool(x.shape, kernel: kernel)
        let y = context.output(0, x.dataType, shape)
        guard shape.elementCount > 0 else { return }
        if x.dataType == .float64 {
            average(x.elements(as: Double.self), y.mutableElements(), geometry, planes: shape[0] * shape[1])
        } else {
            average(x.elements(as: Float.self), y.mutableElements(), geometry, planes: shape[0] * shape[1])
        }
    }

    private func average<T: BinaryFloatingPoint>(
        _ input: UnsafeBufferPointer<T>, _ y: UnsafeMutableBufferPointer<T>, _ geometry: WindowGeometry, planes: Int
    ) {
        let (inputs, outputs) = (geometry.inputCount, geometry.outputCount)
        geometry.forEachWindow { position, elements in
            let count = countsPadding ? geometry.paddedElementCount(at: position) : elements.count
            for plane in 0..<planes {
                var sum: T = 0
                for element in elements { sum += input[plane * inputs + element] }
                y[plane * outputs + position] = count == 0 ? 0 : sum / T(count)
            }
        }
    }
}
