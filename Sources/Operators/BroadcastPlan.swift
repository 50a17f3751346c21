internal import Graph
internal import Tensors

/// The walk over broadcast inputs: axes that every input treats alike are joined, so that the innermost run is as long as
/// it can be and each input moves through it with stride 0 or 1.
struct BroadcastPlan {
    let shape: Shape
    /// Elements of the innermost run.
    let run: Int
    /// Number of runs.
    let runs: Int
    /// For each input, the stride inside a run: 0 or 1.
    let runStrides: [Int]
    /// Extents of the axes around the run, outermost first.
    let extents: [Int]
    /// For each input, its strides along ``extents``.
    let strides: [[Int]]

    init(_ shapes: [Shape], node: NodeDescription) throws(GraphError) {
        shape = try node.broadcast(shapes: shapes)
        let rank = shape.rank
        // Which inputs have the axis, for axes of more than one element.
        var joined: [(extent: Int, present: [Bool])] = []
        for axis in 0..<rank where shape[axis] != 1 {
            let present = shapes.map { input in
                let own = axis - (rank - input.rank)
                return own >= 0 && input[own] != 1
            }
            if let last = joined.indices.last, joined[last].present == present {
                joined[last].extent *= shape[axis]
            } else {
                joined.append((shape[axis], present))
            }
        }
        let inner = joined.popLast() ?? (1, shapes.map { _ in true })
        run = inner.extent
        runStrides = inner.present.map { $0 ? 1 : 0 }
        extents = joined.map(\.extent)
        runs = extents.reduce(1, *)
        strides = shapes.indices.map { input in
            var step = inner.present[input] ? inner.extent : 1
            var result = [Int](repeating: 0, count: joined.count)
            for axis in joined.indices.reversed() where joined[axis].present[input] {
                result[axis] = step
                step *= joined[axis].extent
            }
            return result
        }
    }

    /// Calls the body for each run in `range` with the offset of the output and of each input, in elements.
    func forEachRun(in range: Range<Int>, _ body: (_ output: Int, _ inputs: [Int]) -> Void) {
        guard !range.isEmpty, run > 0 else { return }
        var position = [Int](repeating: 0, count: extents.count)
        var offsets = [Int](repeating: 0, count: strides.count)
        var rest = range.lowerBound
        for axis in extents.indices.reversed() {
            position[axis] = rest % extents[axis]
            rest /= extents[axis]
            for input in strides.indices { offsets[input] += position[axis] * strides[input][axis] }
        }
        for index in range {
            body(index * run, offsets)
            var axis = extents.count - 1
            while axis >= 0 {
                position[axis] += 1
                for input in strides.indices { offsets[input] += strides[input][axis] }
                if position[axis] < extents[axis] { break }
                for input in strides.indices { offsets[input] -= extents[axis] * strides[input][axis] }
                position[axis] = 0
                axis -= 1
            }
        }
    }
}

extension RunContext {
    /// Spreads `0..<count` over the threads when the work pays for it. `cost` is a rough number of elements per item.
    func spread(_ count: Int, cost: Int = 1, granularity: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
        if parallelism.width == 1 || count * max(cost, 1) < 1 << 15 {
            if count > 0 { body(0..<count) }
        } else {
            parallelism.run(over: count, granularity: granularity, body)
        }
    }
}
