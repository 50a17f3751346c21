internal import Graph
internal import Tensors

/// A copy between two strided arrays of one element width: what Transpose, Slice, Expand, Concat, Pad and their kin are.
///
/// Axes of extent 1 are dropped and axes that both sides step through evenly are joined. A run where both sides are dense
/// is one `memcpy`; where they are dense along different axes, the copy goes by 16×16 tiles.
struct StridedCopy: Sendable {
    /// One axis: its extent, and the steps in elements on both sides.
    struct Axis: Sendable {
        var extent: Int
        var source: Int
        var target: Int
    }

    private(set) var axes: [Axis] = []
    private let isEmpty: Bool

    init(extents: [Int], sourceStrides: [Int], targetStrides: [Int]) {
        isEmpty = extents.contains(0)
        for (index, extent) in extents.enumerated() where extent != 1 {
            let axis = Axis(extent: extent, source: sourceStrides[index], target: targetStrides[index])
            if let last = axes.indices.last, axes[last].source == axis.source * extent,
                axes[last].target == axis.target * extent
            {
                axes[last] = Axis(extent: axes[last].extent * extent, source: axis.source, target: axis.target)
            } else {
                axes.append(axis)
            }
        }
    }

    /// Copies elements of `dataType`'s width; offsets in elements.
    func run(
        _ dataType: DataType, from source: Tensor, at sourceOffset: Int = 0, to target: Tensor, at targetOffset: Int = 0
    ) {
        guard !isEmpty else { return }
        visitWidth(dataType, Body(copy: self, source: source, target: target, from: sourceOffset, to: targetOffset))
    }

    /// The same on the run's threads, each taking a part of the axis that is outermost in the source: what one thread made
    /// it is likely to read.
    func run(_ dataType: DataType, from source: Tensor, to target: Tensor, _ context: RunContext) {
        guard !isEmpty, let axis = axes.indices.max(by: { axes[$0].source < axes[$1].source }) else {
            return run(dataType, from: source, to: target)
        }
        let rest = axes.reduce(1) { $0 * $1.extent } / axes[axis].extent
        context.spread(axes[axis].extent, cost: rest) { range in
            var part = self
            part.axes[axis].extent = range.count
            part.run(
                dataType, from: source, at: range.lowerBound * axes[axis].source, to: target,
                at: range.lowerBound * axes[axis].target)
        }
    }

    private struct Body: WidthVisitor {
        let copy: StridedCopy
        let source: Tensor
        let target: Tensor
        let from: Int
        let to: Int

        func visit<T: BitwiseCopyable>(_ type: T.Type) {
            copy.recurse(source.pointer(T.self) + from, target.pointer(T.self) + to, axis: 0)
        }
    }

    private func recurse<T: BitwiseCopyable>(
        _ source: UnsafeMutablePointer<T>, _ target: UnsafeMutablePointer<T>, axis: Int
    ) {
        let rest = axes.count - axis
        if rest == 0 {
            target.pointee = source.pointee
        } else if rest == 1 {
            copyRun(source, target, axes[axis])
        } else if rest == 2, axes[axis + 1].source != 1, axes[axis].source == 1, axes[axis + 1].target == 1 {
            copyTiles(source, target, rows: axes[axis], columns: axes[axis + 1])
        } else {
            let step = axes[axis]
            for i in 0..<step.extent { recurse(source + i * step.source, target + i * step.target, axis: axis + 1) }
        }
    }

    @inline(__always)
    private func copyRun<T: BitwiseCopyable>(
        _ source: UnsafeMutablePointer<T>, _ target: UnsafeMutablePointer<T>, _ axis: Axis
    ) {
        let count = axis.extent, step = axis.source
        if axis.target == 1, step == 1 {
            target.update(from: source, count: count)
        } else if axis.target == 1, step == 0 {
            target.update(repeating: source.pointee, count: count)
        } else if axis.target == 1, step == 2 {
            for i in 0..<count { target[i] = source[2 * i] }
        } else if axis.target == 1 {
            for i in 0..<count { target[i] = source[i * step] }
        } else {
            for i in 0..<count { target[i * axis.target] = source[i * step] }
        }
    }

    /// Source dense along rows, target dense along columns.
    @inline(__always)
    private func copyTiles<T: BitwiseCopyable>(
        _ source: UnsafeMutablePointer<T>, _ target: UnsafeMutablePointer<T>, rows: Axis, columns: Axis
    ) {
        let tile = 16
        for row in stride(from: 0, to: rows.extent, by: tile) {
            let rowEnd = min(row + tile, rows.extent)
            for column in stride(from: 0, to: columns.extent, by: tile) {
                let columnEnd = min(column + tile, columns.extent)
                for r in row..<rowEnd {
                    let from = source + r, to = target + r * rows.target
                    for c in column..<columnEnd { to[c] = from[c * columns.source] }
                }
            }
        }
    }
}
