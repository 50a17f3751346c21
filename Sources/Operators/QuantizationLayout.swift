internal import Graph
internal import Tensors

/// Which scale and zero point each element of a tensor takes: one for all, one for each index along an axis, or one for
/// each block of elements along an axis.
///
/// The tensor is seen as [outer, extent, inner]; the scale as [outer, blocks, inner] when blocked, else [blocks].
struct QuantizationLayout: Sendable {
    let outer: Int
    let extent: Int
    let inner: Int
    /// Elements along the axis that share a scale.
    let block: Int
    private let isBlocked: Bool

    /// - Throws: ``GraphError/mismatch(node:op:detail:)`` when the scale's shape is none of the three forms.
    init(
        _ shape: Shape, scale: Shape, zeroPoint: Shape?, axis: Int, blockSize: Int, _ node: NodeDescription
    ) throws(GraphError) {
        if let zeroPoint, zeroPoint.elementCount != scale.elementCount {
            throw node.mismatch("\(scale.elementCount) scales and \(zeroPoint.elementCount) zero points")
        }
        if scale.elementCount == 1 {
            (outer, extent, inner, block, isBlocked) = (1, shape.elementCount, 1, max(1, shape.elementCount), false)
            return
        }
        let axis = try node.axis(axis, rank: shape.rank)
        let expected = blockSize > 0 ? (shape[axis] + blockSize - 1) / blockSize : shape[axis]
        var extents = shape.dimensions
        extents[axis] = expected
        guard blockSize > 0 ? scale.dimensions == extents : scale.dimensions == [expected] else {
            throw node.mismatch("a scale of \(scale) for axis \(axis) of \(shape)")
        }
        outer = shape.dimensions[..<axis].reduce(1, *)
        extent = shape[axis]
        inner = shape.dimensions[(axis + 1)...].reduce(1, *)
        block = max(1, blockSize)
        isBlocked = blockSize > 0
    }

    /// Calls the body for runs of elements, in order, with the index of the run's first scale; the scales of a run are
    /// `scaleStep` (0 or 1) apart.
    func forEachRun(_ body: (_ start: Int, _ count: Int, _ scale: Int, _ scaleStep: Int) -> Void) {
        guard outer > 0, extent > 0, inner > 0 else { return }
        let blocks = (extent + block - 1) / block
        for index in 0..<outer {
            if inner == 1 {
                for first in stride(from: 0, to: extent, by: block) {
                    let scale = (isBlocked ? index * blocks : 0) + first / block
                    body(index * extent + first, min(block, extent - first), scale, 0)
                }
            } else {
                for row in 0..<extent {
                    let start = (index * extent + row) * inner
                    if isBlocked {
                        body(start, inner, (index * blocks + row / block) * inner, 1)
                    } else {
                        body(start, inner, row, 0)
                    }
                }
            }
        }
    }
}

extension DataType {
    /// The range of a whole number that quantisation makes; `nil` for other types.
    var quantizedRange: ClosedRange<Int>? {
        switch self {
        case .uint8: 0...255
        case .int8: -128...127
        case .uint16: 0...65535
        case .int16: -32768...32767
        case .uint4: 0...15
        case .int4: -8...7
        case .uint2: 0...3
        case .int2: -2...1
        default: nil
        }
    }
}

extension NodeDescription {
    /// The block size of blocked quantisation; 0 when it is not blocked.
    func quantizationBlock() throws(GraphError) -> Int {
        let size = try int("block_size") ?? 0
        guard size >= 0 else { throw malformed("block_size is \(size)") }
        return size
    }
}
