internal import Graph
internal import Tensors

/// A tensor seen as [outer, reduced, inner] for a reduction over some of its axes. Axes that do not lie side by side are
/// brought together at the end first.
struct ReductionLayout {
    let data: Tensor
    let outer: Int
    let reduced: Int
    let inner: Int

    /// `axes` count from the front. With `keepingInner` false, the reduced axes are always brought to the end.
    init(_ tensor: Tensor, axes: [Int], keepingInner: Bool = true) {
        let extents = tensor.shape.dimensions
        let wide = axes.filter { extents[$0] != 1 }.sorted()
        let first = wide.first ?? extents.count
        let last = wide.last ?? extents.count - 1
        let behind = last + 1 < extents.count ? extents[(last + 1)...].reduce(1, *) : 1
        let isTogether = extents.indices.allSatisfy { axis in
            axis < first || axis > last || extents[axis] == 1 || wide.contains(axis)
        }
        reduced = wide.reduce(1) { $0 * extents[$1] }
        if isTogether, keepingInner || behind == 1 {
            data = tensor
            outer = extents[..<first].reduce(1, *)
            inner = behind
            return
        }
        let kept = extents.indices.filter { !wide.contains($0) }
        let order = kept + wide
        let strides = tensor.shape.strides
        let shape = Shape(order.map { extents[$0] })
        let moved = Tensor(dataType: tensor.dataType, shape: shape, zeroed: false)
        StridedCopy(extents: shape.dimensions, sourceStrides: order.map { strides[$0] }, targetStrides: shape.strides)
            .run(tensor.dataType, from: tensor, to: moved)
        data = moved
        outer = kept.reduce(1) { $0 * extents[$1] }
        inner = 1
    }
}
