internal import CKernels
package import Graph
internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// Nearest-neighbour resizing of pixels on blocked layout. x: [N, ⌈C / 16⌉, H, W, 16] → [N, ⌈C / 16⌉, H', W', 16].
package struct BlockedResize: HalfStoring {
    package static let opType = "BlockedResize"
    package static let domain = "fovea"
    private let parameters: ResizeParameters
    private let values: ResizeParameters.Values
    private var node: NodeDescription { parameters.node }

    /// ``Resize`` makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a blocked resize is not part of a model")
    }

    init(_ parameters: ResizeParameters, _ values: ResizeParameters.Values) {
        self.parameters = parameters
        self.values = values
    }

    package func readsHalf(_ slot: Int) -> Bool { true }
    package var followsInputs: Bool { true }
    package func storingHalf() -> (any Operator)? { self }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, let dimensions = x.dimensions, dimensions.count == 5 else {
            throw node.mismatch("x is not in blocks")
        }
        let stand = Shape(dimensions[..<4].map { $0.fixedExtent ?? 1 })
        let axes = try parameters.resolve(stand, values)
        let resized = zip(dimensions, axes).map { dimension, axis -> Dimension in
            if dimension.fixedExtent != nil { return .fixed(axis.output) }
            return axis.isIdentity(parameters.transform) ? dimension : .unknown
        }
        return [ValueType(x.dataType, resized + [dimensions[4]])]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 5 else { throw node.mismatch("x is \(x)") }
        let axes = try parameters.resolve(Shape(Array(x.shape.dimensions[..<4])), values)
        guard axes[0].output == x.shape[0], axes[1].output == x.shape[1] else {
            throw node.unsupported("resizing of batch or channels")
        }
        let y = context.output(0, x.dataType, Shape(axes.map(\.output) + [BlockedLayout.lanes]))
        guard y.elementCount > 0 else { return }
        let width = x.dataType.byteWidth ?? 0
        let tables = axes[2...].map { $0.nearestIndices(parameters.transform, parameters.nearest) }
        let (rows, columns) = (tables[0], tables[1])
        let (height, inputWidth) = (x.shape[2], x.shape[3])
        let fill = try Tensor(
            [Float](repeating: Float(parameters.extrapolation), count: BlockedLayout.lanes),
            shape: [BlockedLayout.lanes]
        )
        .converted(to: x.dataType, node: node)
        let pixel = BlockedLayout.lanes * width
        context.spread(x.shape[0] * x.shape[1], cost: rows.count * columns.count * 16) { range in
            for block in range {
                for (row, from) in rows.enumerated() {
                    let target = y.base + (block * rows.count + row) * columns.count * pixel
                    if row > 0, from == rows[row - 1] {
                        memcpy(target, target - columns.count * pixel, columns.count * pixel)
                        continue
                    }
                    let line = x.base + (block * height + max(0, from)) * inputWidth * pixel
                    for (column, source) in columns.enumerated() {
                        let from = from < 0 || source < 0 ? fill.base : line + source * pixel
                        // A size that is known where it is copied takes one instruction.
                        switch width {
                        case 1: memcpy(target + column * 16, from, 16)
                        case 2: memcpy(target + column * 32, from, 32)
                        default: memcpy(target + column * 64, from, 64)
                        }
                    }
                }
            }
        }
    }
}

extension Resize: BlockedForm {
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        try resampling.blocked(inputs)
    }
}

extension Upsample: BlockedForm {
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        try resampling.blocked(inputs)
    }
}
