internal import CKernels
package import Graph
internal import Tensors

/// Maximum over a sliding window; the optional second output holds each maximum's index in x.
///
/// x: [N, C, …] with up to three spatial axes. Float32 without indices over one or two axes runs as two passes of whole
/// rows (the maximum is separable); everything else by the definition, in any ordered element type.
package struct MaxPool: Operator {
    package static let opType = "MaxPool"

    let node: NodeDescription
    let sliding: SlidingWindow
    let kernel: [Int]
    private let isColumnMajor: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        sliding = try SlidingWindow(node)
        guard let kernel = sliding.kernel else { throw node.malformed("kernel_shape is missing") }
        self.kernel = kernel
        isColumnMajor = try node.int("storage_order") ?? 0 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type else { throw node.malformed("x is required") }
        let type = try sliding.pooledType(x, kernel: kernel)
        return node.hasOutput(1) ? [type, ValueType(.int64, type.dimensions)] : [type]
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let x = inputs[0], x.dataType == .float32 || x.dataType == .bfloat16, let shape = x.fixedShape,
            shape.rank >= 3,
            let geometry = try? sliding.geometry(input: Array(shape.dimensions[2...]), kernel: kernel)
        else { return 0 }
        return SeparableMax.isSuitable(geometry) && !node.hasOutput(1)
            ? SeparableMax(geometry).workspaceByteCount * parallelism : 0
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType == .bfloat16 { return try runWidened(context, x.dataType, node: node) }
        let (geometry, shape) = try sliding.pool(x.shape, kernel: kernel)
        let y = context.output(0, x.dataType, shape)
        let indices = node.hasOutput(1) ? context.output(1, .int64, shape).mutableElements(as: Int64.self) : nil
        guard shape.elementCount > 0 else { return }
        let planes = shape[0] * shape[1]
        switch x.dataType {
        case .float32:
            if indices == nil, SeparableMax.isSuitable(geometry) {
                SeparableMax(geometry).run(
                    x.elements(), y.mutableElements(), planes, context.workspace, context.parallelism)
            } else {
                pool(x.elements(as: Float.self), y.mutableElements(), indices, planes, geometry, -.infinity)
            }
        case .float64: pool(x.elements(as: Double.self), y.mutableElements(), indices, planes, geometry, -.infinity)
        case .float16: pool(x.elements(as: Float16.self), y.mutableElements(), indices, planes, geometry, -.infinity)
        case .int8: pool(x.elements(as: Int8.self), y.mutableElements(), indices, planes, geometry, .min)
        case .uint8: pool(x.elements(as: UInt8.self), y.mutableElements(), indices, planes, geometry, .min)
        default: throw node.unsupported("\(x.dataType)")
        }
    }

    private func pool<Element: Comparable>(
        _ x: UnsafeBufferPointer<Element>, _ y: UnsafeMutableBufferPointer<Element>,
        _ indices: UnsafeMutableBufferPointer<Int64>?, _ planes: Int, _ geometry: WindowGeometry, _ lowest: Element
    ) {
        let (inputs, outputs) = (geometry.inputCount, geometry.outputCount)
        for plane in 0..<planes {
            geometry.forEachWindow { position, elements in
                var best = lowest
                var place = -1
                for element in elements where place < 0 || x[plane * inputs + element] > best {
                    best = x[plane * inputs + element]
                    place = element
                }
                y[plane * outputs + position] = best
                if place >= 0 {
                    indices?[plane * outputs + position] =
                        Int64(plane * inputs + (isColumnMajor ? geometry.columnMajor(place) : place))
                } else {
                    indices?[plane * outputs + position] = 0
                }
            }
        }
    }
}
