package import Graph
internal import Tensors

/// ONNX `Resize`: nearest, linear or cubic, separably over any axes, with every coordinate transform of opsets 10 to 19.
///
/// Cubic convolution: R. Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981.
package struct Resize: Operator {
    package static let opType = "Resize"
    package static let opsets = 10...Int.max
    let resampling: Resampling

    package init(_ node: NodeDescription) throws(GraphError) { resampling = try Resampling(node) }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        try resampling.outputTypes(inputs)
    }

    package func run(_ context: RunContext) throws(GraphError) { try resampling.run(context) }
}

/// ONNX `Upsample` (opsets 7 to 9), which `Resize` replaced.
package struct Upsample: Operator {
    package static let opType = "Upsample"
    let resampling: Resampling

    package init(_ node: NodeDescription) throws(GraphError) { resampling = try Resampling(node) }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        try resampling.outputTypes(inputs)
    }

    package func run(_ context: RunContext) throws(GraphError) { try resampling.run(context) }
}

/// What `Resize` and `Upsample` share.
struct Resampling: Sendable {
    private let parameters: ResizeParameters
    private var node: NodeDescription { parameters.node }

    init(_ node: NodeDescription) throws(GraphError) { parameters = try ResizeParameters(node) }

    func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let dimensions = data.dimensions else { return [ValueType(data.dataType, nil)] }
        guard let values = parameters.values(inputs) else {
            return [ValueType(data.dataType, .unknown(rank: dimensions.count))]
        }
        // Unknown extents stand in as 1: what they would become stays unknown unless the axis keeps its extent.
        let stand = Shape(dimensions.map { $0.fixedExtent ?? 1 })
        let axes = try parameters.resolve(stand, values)
        let resized = zip(dimensions, axes).map { dimension, axis -> Dimension in
            if dimension.fixedExtent != nil { return .fixed(axis.output) }
            return axis.isIdentity(parameters.transform) ? dimension : .unknown
        }
        return [ValueType(data.dataType, resized)]
    }

    /// Nearest neighbours of whole pixels can be picked on blocked layout when what they depend on is constant.
    func blocked(_ inputs: [ValueFact?]) throws(GraphError) -> BlockedNode? {
        guard parameters.mode == .nearest, let type = inputs[0]?.type,
            let channels = BlockedLayout.channels(inputs[0], of: type.dataType == .uint8 ? .uint8 : .float32),
            let values = parameters.values(inputs)
        else { return nil }
        let axes = try parameters.resolve(Shape((type.dimensions ?? []).map { $0.fixedExtent ?? 1 }), values)
        guard values.sizes?.elementCount ?? 0 == 0, axes[0].isIdentity(parameters.transform),
            axes[1].isIdentity(parameters.transform)
        else { return nil }
        return BlockedNode(op: BlockedResize(parameters, values), inputs: [.blocked(0)], channels: channels)
    }

    func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let axes = try parameters.resolve(x.shape, parameters.values(context))
        let shape = Shape(axes.map(\.output))
        if parameters.mode == .nearest {
            let y = context.output(0, x.dataType, shape)
            let fill = try Tensor(scalar: parameters.extrapolation).converted(to: x.dataType, node: node)
            let tables = axes.map { $0.nearestIndices(parameters.transform, parameters.nearest) }
            return visitWidth(x.dataType, NearestResize(x: x, y: y, tables: tables, fill: fill))
        }
        // Whole numbers and 16-bit floats are interpolated as float32.
        let isReal = x.dataType == .float32 || x.dataType == .float64
        var data = isReal ? x : try x.converted(to: .float32, node: node)
        let resized = axes.indices.filter { !axes[$0].isIdentity(parameters.transform) }
        for (step, axis) in resized.reversed().enumerated() {
            var extents = data.shape.dimensions
            extents[axis] = axes[axis].output
            let isLast = step == resized.count - 1
            let next =
                isLast && isReal
                ? context.output(0, data.dataType, shape)
                : Tensor(dataType: data.dataType, shape: try node.shape(extents), zeroed: false)
            let table = InterpolationTable(
                axes[axis], parameters.transform,
                parameters.mode == .linear ? .linear : .cubic(a: parameters.cubicCoefficient),
                antialias: parameters.antialias, excludeOutside: parameters.excludesOutside)
            if next.elementCount > 0 {
                try node.visit(
                    data.dataType,
                    AxisInterpolation(
                        x: data, y: next, axis: axis, table: table, extrapolation: parameters.extrapolation))
            }
            data = next
        }
        context.setOutput(0, try data.converted(to: x.dataType, node: node))
    }
}
