package import Graph
internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// The p-norm over a sliding window. x: [N, C, …] with up to three spatial axes. Float32 and
/// float64; 16-bit floats are computed in float32.
package struct LpPool: Operator {
    package static let opType = "LpPool"
    /// Opset 1 gave p as a float.
    package static let opsets = 2...Int.max

    private let node: NodeDescription
    private let sliding: SlidingWindow
    private let kernel: [Int]
    private let p: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        sliding = try SlidingWindow(node)
        guard let kernel = sliding.kernel else { throw node.malformed("kernel_shape is missing") }
        self.kernel = kernel
        p = try node.int("p") ?? 2
        guard p >= 1 else { throw node.malformed("p is \(p)") }
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
            pool(x.elements(as: Double.self), y.mutableElements(), geometry, planes: shape[0] * shape[1])
        } else {
            pool(x.elements(as: Float.self), y.mutableElements(), geometry, planes: shape[0] * shape[1])
        }
    }

    private func pool<T: BinaryFloatingPoint>(
        _ input: UnsafeBufferPointer<T>, _ y: UnsafeMutableBufferPointer<T>, _ geometry: WindowGeometry, planes: Int
    ) {
        let (inputs, outputs) = (geometry.inputCount, geometry.outputCount)
        geometry.forEachWindow { position, elements in
            for plane in 0..<planes {
                y[plane * outputs + position] = norm(elements.lazy.map { input[plane * inputs + $0] }, p)
            }
        }
    }
}

/// The p-norm of some elements.
func norm<T: BinaryFloatingPoint>(_ elements: some Sequence<T>, _ p: Int) -> T {
    switch p {
    case 1: elements.reduce(0) { $0 + abs($1) }
    case 2: elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    default: T(pow(elements.reduce(0) { $0 + pow(Double(abs($1)), Double(p)) }, 1 / Double(p)))
    }
}
