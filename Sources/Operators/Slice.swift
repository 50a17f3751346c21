package import Graph
internal import Tensors

/// ONNX `Slice`: a strided part of a tensor. Starts, ends, axes and steps are attributes before opset 10 (no steps), then
/// inputs 1 to 4.
package struct Slice: Operator {
    package static let opType = "Slice"
    private let node: NodeDescription
    private let attributes: Bounds?

    private struct Bounds: Sendable {
        var starts: [Int]
        var ends: [Int]
        var axes: [Int]?
        var steps: [Int]?
    }

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        if node.opset < 10 {
            try node.require(inputs: 1...1)
            guard let starts = try node.ints("starts"), let ends = try node.ints("ends") else {
                throw node.malformed("attributes 'starts' and 'ends' are required")
            }
            attributes = Bounds(starts: starts, ends: ends, axes: try node.ints("axes"))
        } else {
            try node.require(inputs: 3...5)
            attributes = nil
        }
    }

    /// First index, step and number of elements along one axis.
    private func range(start: Int, end: Int, step: Int, extent: Int) throws(GraphError) -> (Int, Int, Int) {
        guard step != 0 else { throw node.mismatch("a step of 0") }
        // A step beyond the extent takes one element, as `extent` itself does; it keeps the sums below from overflowing.
        let step = step > 0 ? min(step, max(extent, 1)) : max(step, -max(extent, 1))
        let lowest = step > 0 ? 0 : -1
        let highest = step > 0 ? extent : extent - 1
        func clamp(_ index: Int) -> Int {
            let fromFront = index < 0 ? max(index, -extent - 1) + extent : index
            return min(max(fromFront, lowest), highest)
        }
        let first = step > 0 ? clamp(start) : min(max(clamp(start), 0), extent - 1)
        let last = clamp(end)
        let count = step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step
        return (first, step, extent == 0 ? 0 : max(count, 0))
    }

    private func checked(_ bounds: Bounds, rank: Int) throws(GraphError) -> (axes: [Int], steps: [Int]) {
        let count = bounds.starts.count
        guard bounds.ends.count == count, bounds.axes?.count ?? count == count, bounds.steps?.count ?? count == count
        else { throw node.mismatch("starts, ends, axes and steps differ in length") }
        guard bounds.axes != nil || count <= rank else { throw node.mismatch("\(count) starts for rank \(rank)") }
        return (
            try node.axes(bounds.axes ?? Array(0..<count), rank: rank),
            bounds.steps ?? [Int](repeating: 1, count: count)
        )
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard var dimensions = data.dimensions else { return [ValueType(data.dataType, nil)] }
        let axesFact = node.optionalFact(inputs, 3), stepsFact = node.optionalFact(inputs, 4)
        let axes = try axesFact?.integers(node)
        if attributes == nil, axesFact != nil, axes == nil {
            return [ValueType(data.dataType, .unknown(rank: dimensions.count))]
        }
        let steps = try stepsFact?.integers(node)
        let bounds: Bounds
        if let attributes {
            bounds = attributes
        } else if let starts = try node.fact(inputs, 1).integers(node),
            let ends = try node.fact(inputs, 2).integers(node),
            stepsFact == nil || steps != nil
        {
            bounds = Bounds(starts: starts, ends: ends, axes: axes, steps: steps)
        } else {
            let touched = try axes.map { axes throws(GraphError) in try node.axes(axes, rank: dimensions.count) }
            for axis in touched ?? Array(dimensions.indices) { dimensions[axis] = .unknown }
            return [ValueType(data.dataType, dimensions)]
        }
        let (sliced, stepsOfAxes) = try checked(bounds, rank: dimensions.count)
        for (index, axis) in sliced.enumerated() {
            if let extent = dimensions[axis].fixedExtent {
                dimensions[axis] = .fixed(
                    try range(
                        start: bounds.starts[index], end: bounds.ends[index], step: stepsOfAxes[index], extent: extent
                    ).2)
            } else if !(bounds.starts[index] == 0 && bounds.ends[index] >= Int(Int32.max) && stepsOfAxes[index] == 1) {
                dimensions[axis] = .unknown
            }
        }
        return [ValueType(data.dataType, dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let bounds: Bounds
        if let attributes {
            bounds = attributes
        } else {
            bounds = Bounds(
                starts: try node.integers(context.input(1)), ends: try node.integers(context.input(2)),
                axes: try context.optionalInput(3).map { input throws(GraphError) in try node.integers(input) },
                steps: try context.optionalInput(4).map { input throws(GraphError) in try node.integers(input) })
        }
        let (axes, steps) = try checked(bounds, rank: x.shape.rank)
        var extents = x.shape.dimensions
        var strides = x.shape.strides
        var offset = 0
        for (index, axis) in axes.enumerated() {
            let (first, step, count) = try range(
                start: bounds.starts[index], end: bounds.ends[index], step: steps[index], extent: extents[axis])
            offset += first * strides[axis]
            strides[axis] *= step
            extents[axis] = count
        }
        let shape = Shape(extents)
        let y = context.output(0, x.dataType, shape)
        StridedCopy(extents: extents, sourceStrides: strides, targetStrides: shape.strides)
            .run(x.dataType, from: x, at: offset, to: y)
    }
}
