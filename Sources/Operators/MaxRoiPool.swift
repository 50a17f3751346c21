package import Graph
internal import Tensors

/// ONNX `MaxRoiPool`: the largest element of each cell of a grid laid over each region. x: [N, C, H, W]; regions: [R, 5] of
/// batch index, x1, y1, x2, y2 in the units that `spatial_scale` takes to pixels; output: [R, C, pooled shape].
///
/// Girshick, "Fast R-CNN", 2015, section 2.1.
package struct MaxRoiPool: Operator {
    package static let opType = "MaxRoiPool"
    private let node: NodeDescription
    private let rows: Int
    private let columns: Int
    private let scale: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        guard let pooled = try node.ints("pooled_shape"), pooled.count == 2,
            pooled.allSatisfy({ 1...(1 << 16) ~= $0 })
        else { throw node.malformed("pooled_shape must be two positive extents") }
        (rows, columns) = (pooled[0], pooled[1])
        scale = try node.float("spatial_scale") ?? 1
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0), regions = try node.fact(inputs, 1)
        guard x.dataType == .float32 || x.dataType.isHalf else { throw node.unsupported("elements of \(x.dataType)") }
        return [
            ValueType(
                x.dataType,
                [
                    regions.dimensions?.first ?? .unknown,
                    x.dimensions.flatMap { $0.count == 4 ? $0[1] : nil } ?? .unknown, .fixed(rows), .fixed(columns),
                ])
        ]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), regions = context.input(1)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        guard x.shape.rank == 4, regions.shape.rank == 2, regions.shape[1] == 5, regions.dataType == .float32 else {
            throw node.mismatch("x \(x) with regions \(regions)")
        }
        let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
        let y = context.output(0, .float32, try node.shape([regions.shape[0], channels, rows, columns]))
        for region in 0..<regions.shape[0] {
            let bounds = regions.pointer(Float.self) + 5 * region
            let batch: Int = clamped(bounds[0])
            guard batch >= 0, batch < x.shape[0] else { throw node.mismatch("batch index \(bounds[0])") }
            let down = cells(bounds[2], bounds[4], height, rows), across = cells(bounds[1], bounds[3], width, columns)
            for channel in 0..<channels {
                let plane = x.pointer(Float.self) + (batch * channels + channel) * height * width
                let target = y.pointer(Float.self) + (region * channels + channel) * rows * columns
                for (row, lines) in down.enumerated() {
                    for (column, places) in across.enumerated() {
                        var best = lines.isEmpty || places.isEmpty ? 0 : -Float.infinity
                        for line in lines {
                            for place in places { best = max(best, plane[line * width + place]) }
                        }
                        target[row * columns + column] = best
                    }
                }
            }
        }
    }

    /// The pixels of each cell along one axis.
    private func cells(_ start: Float, _ end: Float, _ extent: Int, _ count: Int) -> [Range<Int>] {
        let bound = Float(1 << 30)
        let first = (min(max(start * scale, -bound), bound)).rounded(.toNearestOrAwayFromZero)
        let last = (min(max(end * scale, -bound), bound)).rounded(.toNearestOrAwayFromZero)
        let size = max(last - first + 1, 1) / Float(count)
        return (0..<count).map { cell in
            let low = min(max(Int((Float(cell) * size).rounded(.down)) + Int(first), 0), extent)
            let high = min(max(Int((Float(cell + 1) * size).rounded(.up)) + Int(first), 0), extent)
            return low..<max(low, high)
        }
    }
}
