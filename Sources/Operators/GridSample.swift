package import Graph
internal import Tensors

/// ONNX `GridSample`: samples x: [N, C, H, W] at grid: [N, H', W', 2] of (x, y) in −1…1, or x: [N, C, D, H, W] at
/// [N, D', H', W', 3] of (x, y, z). Modes: linear (bilinear), nearest, cubic (bicubic); padding: zeros, border, reflection.
package struct GridSample: Operator {
    package static let opType = "GridSample"
    private let node: NodeDescription
    private let mode: Mode
    private let padding: Padding
    private let alignsCorners: Bool

    private enum Mode {
        case linear, nearest, cubic
    }

    private enum Padding: String {
        case zeros, border, reflection
    }

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        switch try node.string("mode") ?? "linear" {
        case "linear", "bilinear": mode = .linear
        case "nearest": mode = .nearest
        case "cubic", "bicubic": mode = .cubic
        case let other: throw node.malformed("mode is '\(other)'")
        }
        let name = try node.string("padding_mode") ?? "zeros"
        guard let padding = Padding(rawValue: name) else { throw node.malformed("padding_mode is '\(name)'") }
        self.padding = padding
        alignsCorners = try node.int("align_corners") ?? 0 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0)
        let grid = try node.fact(inputs, 1).dimensions
        guard let from = x.dimensions else { return [ValueType(x.dataType, nil)] }
        guard 3...5 ~= from.count else { throw node.unsupported("an input of rank \(from.count)") }
        guard let grid, grid.count == from.count else { return [ValueType(x.dataType, .unknown(rank: from.count))] }
        return [ValueType(x.dataType, Array(from[..<2]) + grid[1...].dropLast())]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), grid = context.input(1)
        guard grid.dataType.isFloatingPoint else { throw node.mismatch("a grid of \(grid.dataType)") }
        guard 3...5 ~= x.shape.rank, grid.shape.rank == x.shape.rank, grid.shape[0] == x.shape[0],
            grid.shape.dimensions.last == x.shape.rank - 2
        else { throw node.mismatch("an input of \(x.shape) with a grid of \(grid.shape)") }
        let extents = Array(x.shape.dimensions[2...])
        let spatial = Array(grid.shape.dimensions[1...].dropLast())
        let shape = try node.shape([x.shape[0], x.shape[1]] + spatial)
        guard shape.elementCount == 0 || extents.allSatisfy({ $0 > 0 }) else {
            throw node.mismatch("an input of \(x.shape)")
        }
        let places = try grid.converted(to: grid.dataType.isHalf ? .float32 : grid.dataType, node: node)
        if x.dataType == .float32 {
            sample(x, places, context.output(0, .float32, shape), extents, context, Float.self)
        } else {
            // Other types by way of float64, whole numbers cut towards zero.
            let wide = Tensor(dataType: .float64, shape: shape, zeroed: false)
            sample(try x.converted(to: .float64, node: node), places, wide, extents, context, Double.self)
            context.setOutput(0, try wide.converted(to: x.dataType, node: node))
        }
    }

    private func sample<T: BinaryFloatingPoint & TensorElement>(
        _ x: Tensor, _ grid: Tensor, _ y: Tensor, _ extents: [Int], _ context: RunContext, _ type: T.Type
    ) {
        let axes = extents.count, size = extents.reduce(1, *), shape = y.shape
        let points = shape.dimensions[2...].reduce(1, *)
        @Sendable func coordinate(_ index: Int) -> Double {
            grid.dataType == .float64 ? grid.pointer(Double.self)[index] : Double(grid.pointer(Float.self)[index])
        }
        context.spread(x.shape[0], cost: 20 * shape[1] * points) { entries in
            for entry in entries {
                for point in 0..<points {
                    let at = axes * (entry * points + point)
                    // The grid names the innermost axis first.
                    let taps = taps((0..<axes).map { pixel(coordinate(at + axes - 1 - $0), extents[$0]) }, extents)
                    for channel in 0..<shape[1] {
                        let plane = x.pointer(T.self) + (entry * shape[1] + channel) * size
                        var sum = 0.0
                        for tap in taps { sum += tap.weight * Double(plane[tap.place]) }
                        y.pointer(T.self)[(entry * shape[1] + channel) * points + point] = T(sum)
                    }
                }
            }
        }
    }

    /// From −1…1 to pixels. Far coordinates and NaN are brought within reach of the arithmetic.
    private func pixel(_ position: Double, _ extent: Int) -> Double {
        let bounded = position.isNaN ? 0 : min(max(position, -1e6), 1e6)
        let n = Double(extent)
        return alignsCorners ? (bounded + 1) / 2 * (n - 1) : ((bounded + 1) * n - 1) / 2
    }

    /// The elements that a place reads, and how much of each.
    private func taps(_ pixel: [Double], _ extents: [Int]) -> [(place: Int, weight: Double)] {
        var taps: [(place: Int, weight: Double)] = [(0, 1)]
        for (position, extent) in zip(pixel, extents) {
            let along = axisTaps(position, extent)
            var next: [(place: Int, weight: Double)] = []
            next.reserveCapacity(taps.count * along.count)
            for tap in taps {
                for (index, weight) in along where index >= 0 {
                    next.append((tap.place * extent + index, tap.weight * weight))
                }
            }
            taps = next
        }
        return taps
    }

    /// Indices and weights along one axis; −1 for what counts as zero.
    private func axisTaps(_ position: Double, _ extent: Int) -> [(Int, Double)] {
        // Border and reflection move the point itself, except for cubic, which moves each tap.
        var at = position
        if mode != .cubic {
            if padding == .border { at = min(max(at, 0), Double(extent - 1)) }
            if padding == .reflection { at = reflect(at, extent) }
        }
        if mode == .nearest { return [(index(at.rounded(.toNearestOrEven), extent), 1)] }
        let whole = at.rounded(.down), rest = at - whole
        if mode == .linear { return [(index(whole, extent), 1 - rest), (index(whole + 1, extent), rest)] }
        let filter = InterpolationTable.Filter.cubic(a: -0.75)
        return (-1...2).map { (index(whole + Double($0), extent), filter(Double($0) - rest)) }
    }

    private func index(_ position: Double, _ extent: Int) -> Int {
        if position >= 0, position <= Double(extent - 1) { return Int(position) }
        switch padding {
        case .zeros: return -1
        case .border: return position < 0 ? 0 : extent - 1
        case .reflection: return min(max(Int(reflect(position, extent).rounded()), 0), extent - 1)
        }
    }

    /// Reflects about the first and last pixel centres, or about the outer edges when corners are not aligned.
    private func reflect(_ position: Double, _ extent: Int) -> Double {
        let low = alignsCorners ? 0 : -0.5
        let span = alignsCorners ? Double(extent - 1) : Double(extent)
        guard span > 0 else { return 0 }
        let distance = (position - low).magnitude
        let turns = (distance / span).rounded(.down)
        let rest = distance - turns * span
        let reflected = low + (turns.truncatingRemainder(dividingBy: 2) == 0 ? rest : span - rest)
        return min(max(reflected, 0), Double(extent - 1))
    }
}
