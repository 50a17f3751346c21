package import Graph
internal import Tensors

/// ONNX `MeanVarianceNormalization`: (x − mean) / (standard deviation + 1e-9) over `axes` (default 0, 2, 3).
package struct MeanVarianceNormalization: Operator {
    package static let opType = "MeanVarianceNormalization"
    private let node: NodeDescription
    private let axes: [Int]

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        axes = try node.ints("axes") ?? [0, 2, 3]
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        if let rank = type.rank { _ = try node.axes(axes, rank: rank) }
        return [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        guard x.dataType.isFloatingPoint else { throw node.mismatch("does not take \(x.dataType)") }
        if x.dataType == .float64 { try normalise(context, Double.self) } else { try normalise(context, Float.self) }
    }

    private func normalise<T: BinaryFloatingPoint & TensorElement>(
        _ context: RunContext, _ type: T.Type
    ) throws(GraphError) {
        let x = context.input(0)
        let reduced = try node.axes(axes, rank: x.shape.rank)
        let extents = x.shape.dimensions
        let order = extents.indices.filter { !reduced.contains($0) } + reduced.sorted()
        let shape = Shape(order.map { extents[$0] })
        let strides = x.shape.strides
        let rows = Tensor(dataType: x.dataType, shape: shape, zeroed: false)
        StridedCopy(extents: shape.dimensions, sourceStrides: order.map { strides[$0] }, targetStrides: shape.strides)
            .run(x.dataType, from: x, to: rows)
        let count = reduced.reduce(1) { $0 * extents[$1] }
        for row in 0..<(count == 0 ? 0 : rows.elementCount / count) {
            let values = UnsafeMutableBufferPointer(start: rows.pointer(T.self) + row * count, count: count)
            let mean = values.reduce(0) { $0 + Double($1) } / Double(count)
            let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)
            let deviation = variance.squareRoot() + 1e-9
            for i in 0..<count { values[i] = T((Double(values[i]) - mean) / deviation) }
        }
        let y = context.output(0, x.dataType, x.shape)
        let target = y.shape.strides
        StridedCopy(extents: shape.dimensions, sourceStrides: shape.strides, targetStrides: order.map { target[$0] })
            .run(x.dataType, from: rows, to: y)
    }
}
