package import Graph
internal import Tensors

/// ONNX `DepthToSpace`: moves blocks of channels into the picture. x: [N, C, H, W] with C a multiple of blocksize².
package struct DepthToSpace: Operator {
    package static let opType = "DepthToSpace"
    private let node: NodeDescription
    private let block: Int
    private let columnsFirst: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        block = try node.blockSize()
        columnsFirst = try node.columnsFirst()
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let x = data.dimensions else { return [ValueType(data.dataType, .unknown(rank: 4))] }
        guard x.count == 4 else { throw node.mismatch("an input of rank \(x.count)") }
        if let channels = x[1].fixedExtent { try checkChannels(channels) }
        return [
            ValueType(
                data.dataType,
                [
                    x[0], x[1].fixedExtent.map { .fixed($0 / (block * block)) } ?? .unknown,
                    try node.scaled(x[2], by: block), try node.scaled(x[3], by: block),
                ])
        ]
    }

    private func checkChannels(_ channels: Int) throws(GraphError) {
        guard channels % (block * block) == 0 else {
            throw node.mismatch("\(channels) channels for blocks of \(block)×\(block)")
        }
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 4 else { throw node.mismatch("an input of rank \(x.shape.rank)") }
        let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        try checkChannels(c)
        let depth = c / (block * block)
        let shape = try node.shape([n, depth, try node.product(h, block), try node.product(w, block)])
        let y = context.output(0, x.dataType, shape)
        let (plane, row) = (h * w, w)
        let step =
            columnsFirst
            ? (depth: block * block, down: block, right: 1) : (depth: 1, down: block * depth, right: depth)
        // Output order: n, depth, h, down, w, right.
        StridedCopy(
            extents: [n, depth, h, block, w, block],
            sourceStrides: [c * plane, step.depth * plane, row, step.down * plane, 1, step.right * plane],
            targetStrides: Shape([n, depth, h, block, w, block]).strides
        ).run(x.dataType, from: x, to: y)
    }
}

/// ONNX `SpaceToDepth`: moves blocks of the picture into channels. x: [N, C, H, W] with H and W multiples of blocksize.
package struct SpaceToDepth: Operator {
    package static let opType = "SpaceToDepth"
    private let node: NodeDescription
    private let block: Int
    private let columnsFirst: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        block = try node.blockSize()
        columnsFirst = try node.columnsFirst()
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let x = data.dimensions else { return [ValueType(data.dataType, .unknown(rank: 4))] }
        guard x.count == 4 else { throw node.mismatch("an input of rank \(x.count)") }
        for axis in 2...3 { if let extent = x[axis].fixedExtent { try checkExtent(extent) } }
        return [
            ValueType(
                data.dataType,
                [
                    x[0], try node.scaled(x[1], by: block * block),
                    x[2].fixedExtent.map { .fixed($0 / block) } ?? .unknown,
                    x[3].fixedExtent.map { .fixed($0 / block) } ?? .unknown,
                ])
        ]
    }

    private func checkExtent(_ extent: Int) throws(GraphError) {
        guard extent % block == 0 else { throw node.mismatch("an extent of \(extent) for blocks of \(block)") }
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 4 else { throw node.mismatch("an input of rank \(x.shape.rank)") }
        let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        try checkExtent(h)
        try checkExtent(w)
        let shape = try node.shape([n, try node.product(c, block * block), h / block, w / block])
        let y = context.output(0, x.dataType, shape)
        // Output order: n, then down, right, c, or c, down, right; then h, w.
        let depth = columnsFirst ? [c, block, block] : [block, block, c]
        let step = columnsFirst ? [h * w, w, 1] : [w, 1, h * w]
        let extents = [n] + depth + [h / block, w / block]
        StridedCopy(
            extents: extents, sourceStrides: [c * h * w] + step + [block * w, block],
            targetStrides: Shape(extents).strides
        ).run(x.dataType, from: x, to: y)
    }
}

extension NodeDescription {
    /// Whether `mode` orders channels by depth first, then by place in the block.
    fileprivate func columnsFirst() throws(GraphError) -> Bool {
        switch try string("mode") ?? "DCR" {
        case "DCR": return false
        case "CRD": return true
        case let other: throw malformed("mode is '\(other)'")
        }
    }

    fileprivate func blockSize() throws(GraphError) -> Int {
        guard let block = try int("blocksize"), block > 0, block <= 1 << 15 else {
            throw malformed("blocksize must be from 1 to 32768")
        }
        return block
    }

    fileprivate func scaled(_ dimension: Dimension, by factor: Int) throws(GraphError) -> Dimension {
        guard let extent = dimension.fixedExtent else { return .unknown }
        return .fixed(try product(extent, factor))
    }
}
