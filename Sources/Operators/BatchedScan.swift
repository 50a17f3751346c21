package import Graph
internal import Tensors

/// ONNX `Scan` of opset 8: for each entry of a batch, runs a body over slices along axis 1, carrying state.
///
/// Inputs: perhaps lengths [B], states [B, …], scanned values [B, T, …]; outputs: final states, then what each step made,
/// [B, T, …], 0 beyond an entry's length.
package struct BatchedScan: Operator {
    package static let opType = "Scan"
    package static let opsets = 8...8
    private let node: NodeDescription
    private let body: Graph
    private let states: Int
    private let scanned: Int
    private let isReversed: [Bool]

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        guard let scanned = try node.int("num_scan_inputs"), scanned >= 1, scanned < node.hasInput.count,
            node.hasInput[1...].allSatisfy({ $0 })
        else { throw node.malformed("num_scan_inputs does not fit \(node.hasInput.count) inputs") }
        self.scanned = scanned
        states = node.hasInput.count - 1 - scanned
        body = try node.body("body", inputs: (states + scanned)...(states + scanned))
        guard body.outputs.count == node.hasOutput.count, body.outputs.count >= states else {
            throw node.malformed("a body of \(body.outputs.count) outputs for \(node.hasOutput.count) outputs")
        }
        isReversed = (try node.ints("directions") ?? [Int](repeating: 0, count: scanned)).map { $0 != 0 }
        guard isReversed.count == scanned else { throw node.malformed("directions has \(isReversed.count) entries") }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        try allOutputTypes(inputs, node)
    }

    package func outputTypes(
        _ inputs: [ValueFact?], outer: (String) -> ValueType?
    ) throws(GraphError) -> [ValueType?] {
        var given: [ValueType?] = []
        for index in 0..<states + scanned { given.append(ValueType(try node.fact(inputs, index + 1).dataType, nil)) }
        return try body.outputTypes(given: given, outer: outer).map { $0.map { ValueType($0.dataType, nil) } }
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let first = context.input(1 + states)
        guard first.shape.rank >= 2 else { throw node.mismatch("scanned values of \(first.shape)") }
        let (batch, steps) = (first.shape[0], first.shape[1])
        for index in 1..<1 + states + scanned {
            let x = context.input(index)
            guard x.shape.rank >= 1, x.shape[0] == batch,
                index <= states || (x.shape.rank >= 2 && x.shape[1] == steps)
            else { throw node.mismatch("an input of \(x.shape) for a batch of \(batch) with \(steps) steps") }
        }
        var lengths = [Int](repeating: steps, count: batch)
        if let given = context.optionalInput(0) {
            lengths = try node.integers(given)
            guard lengths.count == batch, lengths.allSatisfy({ 0...steps ~= $0 }) else {
                throw node.mismatch("lengths \(lengths.prefix(8)) for \(steps) steps")
            }
        }
        var finals = [Stack](repeating: Stack(), count: states)
        var made = [Stack](repeating: Stack(), count: body.outputs.count - states)
        for entry in 0..<batch {
            var values = (0..<states).map { context.input($0 + 1).slice(entry, axis: 0) }
            var rows = [Stack](repeating: Stack(), count: made.count)
            for step in 0..<lengths[entry] {
                let slices = (0..<scanned).map { index in
                    let place = isReversed[index] ? lengths[entry] - 1 - step : step
                    return context.input(1 + states + index).slice(entry, axis: 0).slice(place, axis: 0)
                }
                let results = try context.runBody(body, values + slices, node)
                values = Array(results[..<states])
                for (index, tensor) in results[states...].enumerated() { try rows[index].push(tensor, context, node) }
            }
            for (index, tensor) in values.enumerated() { try finals[index].push(tensor, context, node) }
            for (index, stack) in rows.enumerated() {
                let type = body.values[body.outputs[states + index]].type
                let joined = try stack.joined(like: type, node)
                var extents = joined.shape.dimensions
                extents[0] = steps
                let padded = Tensor(dataType: joined.dataType, shape: try node.shape(extents))
                padded.base.copyMemory(from: joined.base, byteCount: joined.byteCount)
                try made[index].push(padded, context, node)
            }
        }
        for (index, stack) in (finals + made).enumerated() where node.hasOutput(index) {
            context.setOutput(index, try stack.joined(like: body.values[body.outputs[index]].type, node))
        }
    }
}
