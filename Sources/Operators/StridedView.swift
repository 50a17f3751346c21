package import Graph

/// A value that is another one seen through reshapes, turns and cuts: elements of a base at strides, not moved.
package struct StridedView: Sendable, Equatable {
    package struct Axis: Sendable, Equatable {
        package var extent: Dimension
        /// Elements of the base from one index to the next.
        package var stride: Int
    }

    /// Index of the value in its graph that holds the elements.
    package var base: Int
    /// Elements before the first.
    package var offset = 0
    package var axes: [Axis]

    /// A dense value of this type as it lies; `nil` when more than its first extent is open.
    package init?(base: Int, _ type: ValueType?) {
        guard let dimensions = type?.dimensions else { return nil }
        var stride = 1
        var axes: [Axis] = []
        for (index, dimension) in dimensions.enumerated().reversed() {
            axes.append(Axis(extent: dimension, stride: stride))
            if let extent = dimension.fixedExtent {
                let (product, overflow) = stride.multipliedReportingOverflow(by: extent)
                guard !overflow else { return nil }
                stride = product
            } else if index > 0 {
                return nil
            }
        }
        self.base = base
        self.axes = axes.reversed()
    }

    /// The view with its axes in another order.
    package func permuted(_ order: [Int]) -> StridedView? {
        guard order.count == axes.count, Set(order) == Set(axes.indices) else { return nil }
        var view = self
        view.axes = order.map { axes[$0] }
        return view
    }

    /// `extent` indices of an axis from `first` on.
    package func cut(axis: Int, first: Int, extent: Int) -> StridedView {
        var view = self
        view.offset += first * axes[axis].stride
        view.axes[axis].extent = .fixed(extent)
        return view
    }

    /// The view with axes of extent 1 dropped, or one axis split, so that it has these extents; `nil` for other reshapes.
    package func reshaped(_ dimensions: [Dimension]) -> StridedView? {
        var view = self
        view.axes = []
        var rest = axes[...]
        var wanted = dimensions[...]
        while let axis = rest.first {
            if axis.extent == wanted.first {
                view.axes.append(axis)
                (rest, wanted) = (rest.dropFirst(), wanted.dropFirst())
            } else if axis.extent == .fixed(1) {
                rest = rest.dropFirst()
            } else {
                guard let extent = axis.extent.fixedExtent, extent > 0 else { return nil }
                var parts: [Int] = []
                var product = 1
                while product < extent, let part = wanted.first?.fixedExtent, part > 0 {
                    parts.append(part)
                    product *= part
                    wanted = wanted.dropFirst()
                }
                guard product == extent else { return nil }
                var stride = axis.stride * extent
                for part in parts {
                    stride /= part
                    view.axes.append(Axis(extent: .fixed(part), stride: stride))
                }
                rest = rest.dropFirst()
            }
        }
        return wanted.isEmpty ? view : nil
    }
}
