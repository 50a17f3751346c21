package import Graph
internal import Tensors

/// ONNX `Pad`: grows (or with negative pads crops) a tensor. Pads are an attribute before opset 11, then input 1, with the
/// value as input 2 and from opset 18 axes as input 3. Modes: constant, reflect, edge, wrap.
package struct Pad: Operator {
    package static let opType = "Pad"
    private let node: NodeDescription
    private let mode: Mode
    private let fixedPads: [Int]?
    private let fixedValue: Double

    private enum Mode: String {
        case constant, reflect, edge, wrap
    }

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        let name = try node.string("mode") ?? "constant"
        guard let mode = Mode(rawValue: name) else { throw node.unsupported("mode '\(name)'") }
        self.mode = mode
        if node.opset < 11 {
            try node.require(inputs: 1...1)
            // Opset 1 calls them paddings.
            let key = node.opset < 2 ? "paddings" : "pads"
            guard let pads = try node.ints(key) else { throw node.malformed("attribute '\(key)' is missing") }
            fixedPads = pads
            fixedValue = Double(try node.float("value") ?? 0)
        } else {
            try node.require(inputs: 2...4)
            fixedPads = nil
            fixedValue = 0
        }
    }

    /// Pads before and after each axis.
    private func pads(_ values: [Int], axes: [Int]?, rank: Int) throws(GraphError) -> [(before: Int, after: Int)] {
        let axes = try node.axes(axes ?? Array(0..<rank), rank: rank)
        guard values.count == 2 * axes.count else { throw node.mismatch("\(values.count) pads for \(axes.count) axes") }
        var result = [(before: Int, after: Int)](repeating: (0, 0), count: rank)
        for (index, axis) in axes.enumerated() { result[axis] = (values[index], values[index + axes.count]) }
        return result
    }

    private func padded(_ extent: Int, _ pad: (before: Int, after: Int)) throws(GraphError) -> Int {
        let result = try node.sum(try node.sum(extent, pad.before), pad.after)
        guard result >= 0 else { throw node.mismatch("pads \(pad.before) and \(pad.after) of \(extent) elements") }
        if mode == .reflect, max(pad.before, pad.after) >= max(extent, 1), result > 0 {
            throw node.mismatch("reflects \(max(pad.before, pad.after)) of \(extent) elements")
        }
        if mode != .constant, extent == 0, result > 0 { throw node.mismatch("pads an axis without elements") }
        return result
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let dimensions = data.dimensions else { return [ValueType(data.dataType, nil)] }
        let unknown = [ValueType(data.dataType, .unknown(rank: dimensions.count))]
        let axesFact = node.optionalFact(inputs, 3)
        let axes = try axesFact?.integers(node)
        guard axesFact == nil || axes != nil else { return unknown }
        var values = fixedPads
        if values == nil { values = try node.fact(inputs, 1).integers(node) }
        guard let values else { return unknown }
        let pads = try pads(values, axes: axes, rank: dimensions.count)
        var result: [Dimension] = []
        for (dimension, pad) in zip(dimensions, pads) {
            if let extent = dimension.fixedExtent {
                result.append(.fixed(try padded(extent, pad)))
            } else {
                result.append(pad == (0, 0) ? dimension : .unknown)
            }
        }
        return [ValueType(data.dataType, result)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        var values = fixedPads ?? []
        if fixedPads == nil { values = try node.integers(context.input(1)) }
        let axes = try context.optionalInput(3).map { input throws(GraphError) in try node.integers(input) }
        let pads = try pads(values, axes: axes, rank: x.shape.rank)
        var extents: [Int] = []
        for (extent, pad) in zip(x.shape.dimensions, pads) { extents.append(try padded(extent, pad)) }
        let y = context.output(0, x.dataType, try node.shape(extents))
        var fill = try Tensor(scalar: fixedValue).converted(to: x.dataType, node: node)
        if let value = context.optionalInput(2), value.elementCount > 0 {
            try node.sameType(x.dataType, value.dataType)
            fill = value
        }
        // Which input element each output element repeats, axis by axis: what NearestResize copies by.
        let tables = zip(x.shape.dimensions.indices, pads).map { axis, pad in
            (0..<extents[axis]).map { source($0 - pad.before, extent: x.shape[axis]) }
        }
        visitWidth(x.dataType, NearestResize(x: x, y: y, tables: tables, fill: fill))
    }

    private func source(_ index: Int, extent: Int) -> Int {
        if index >= 0, index < extent { return index }
        switch mode {
        case .constant: return -1
        case .edge: return index < 0 ? 0 : extent - 1
        case .wrap:
            let rest = index % extent
            return rest < 0 ? rest + extent : rest
        case .reflect: return index < 0 ? -index : 2 * (extent - 1) - index
        }
    }
}
