package import Graph
internal import Tensors

/// ONNX `Scan` (from opset 9 on): runs a body over slices of its scanned inputs, carrying state. Inputs: states, then
/// scanned values; outputs: final states, then what each step made, stacked.
package struct Scan: Operator {
    package static let opType = "Scan"
    package static let opsets = 9...Int.max
    private let node: NodeDescription
    private let body: Graph
    private let states: Int
    private let scanned: Int
    private let inputAxes: [Int]
    private let outputAxes: [Int]
    private let inputsReversed: [Bool]
    private let outputsReversed: [Bool]

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        guard let scanned = try node.int("num_scan_inputs"), scanned >= 1, scanned <= node.hasInput.count,
            node.hasInput.allSatisfy({ $0 })
        else { throw node.malformed("num_scan_inputs does not fit \(node.hasInput.count) inputs") }
        self.scanned = scanned
        states = node.hasInput.count - scanned
        body = try node.body("body", inputs: node.hasInput.count...node.hasInput.count)
        guard body.outputs.count == node.hasOutput.count, body.outputs.count >= states else {
            throw node.malformed("a body of \(body.outputs.count) outputs for \(node.hasOutput.count) outputs")
        }
        let stacked = body.outputs.count - states
        inputAxes = try Self.list(node, "scan_input_axes", count: scanned)
        outputAxes = try Self.list(node, "scan_output_axes", count: stacked)
        inputsReversed = try Self.list(node, "scan_input_directions", count: scanned).map { $0 != 0 }
        outputsReversed = try Self.list(node, "scan_output_directions", count: stacked).map { $0 != 0 }
    }

    private static func list(_ node: NodeDescription, _ key: String, count: Int) throws(GraphError) -> [Int] {
        let values = try node.ints(key) ?? [Int](repeating: 0, count: count)
        guard values.count == count else { throw node.malformed("\(key) has \(values.count) entries for \(count)") }
        return values
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        try allOutputTypes(inputs, node)
    }

    package func outputTypes(
        _ inputs: [ValueFact?], outer: (String) -> ValueType?
    ) throws(GraphError) -> [ValueType?] {
        var given: [ValueType?] = []
        for index in 0..<states + scanned { given.append(ValueType(try node.fact(inputs, index).dataType, nil)) }
        var types: [ValueType?] = []
        let length = try node.fact(inputs, states).dimensions.map { dimensions throws(GraphError) in
            dimensions[try node.axis(inputAxes[0], rank: dimensions.count)]
        }
        for (index, made) in try body.outputTypes(given: given, outer: outer).enumerated() {
            if index < states {
                types.append(try node.fact(inputs, index).type.joined(made))
                continue
            }
            guard let made, var dimensions = made.dimensions else {
                types.append(made)
                continue
            }
            dimensions.insert(
                length ?? .unknown, at: try node.axis(outputAxes[index - states], rank: dimensions.count + 1))
            types.append(ValueType(made.dataType, dimensions))
        }
        return types
    }

    package func run(_ context: RunContext) throws(GraphError) {
        var values = (0..<states).map { context.input($0) }
        var length: Int?
        var axes: [Int] = []
        for index in 0..<scanned {
            let x = context.input(states + index)
            let axis = try node.axis(inputAxes[index], rank: x.shape.rank)
            axes.append(axis)
            guard length ?? x.shape[axis] == x.shape[axis] else {
                throw node.mismatch("scanned values of \(length ?? 0) and \(x.shape[axis]) steps")
            }
            length = x.shape[axis]
        }
        var stacks = [Stack](repeating: Stack(), count: body.outputs.count - states)
        let steps = length ?? 0
        for step in 0..<steps {
            let slices = (0..<scanned).map { index in
                context.input(states + index)
                    .slice(inputsReversed[index] ? steps - 1 - step : step, axis: axes[index])
            }
            let results = try context.runBody(body, values + slices, node)
            values = Array(results[..<states])
            for (index, tensor) in results[states...].enumerated() { try stacks[index].push(tensor, context, node) }
        }
        for (index, tensor) in values.enumerated() where node.hasOutput(index) { context.setOutput(index, tensor) }
        for (index, stack) in stacks.enumerated() where node.hasOutput(states + index) {
            let type = body.values[body.outputs[states + index]].type
            context.setOutput(
                states + index,
                try stack.joined(like: type, axis: outputAxes[index], reversed: outputsReversed[index], node))
        }
    }
}

extension Tensor {
    /// The part at one index of an axis, which is dropped.
    func slice(_ index: Int, axis: Int) -> Tensor {
        var extents = shape.dimensions
        let extent = extents.remove(at: axis)
        let result = Tensor(dataType: dataType, shape: Shape(extents), zeroed: false)
        let outer = extents[..<axis].reduce(1, *)
        let bytes = extents[axis...].reduce(dataType.byteWidth ?? 0, *)
        for block in 0..<outer {
            (result.base + block * bytes).copyMemory(
                from: base + (block * extent + index) * bytes, byteCount: bytes)
        }
        return result
    }
}
