package import Graph
internal import Tensors

/// ONNX `Loop`: runs a body while its condition holds and at most as often as the trip count says. Inputs: trip count,
/// condition, carried values; outputs: the carried values at the end, then what each iteration produced, stacked.
package struct Loop: Operator {
    package static let opType = "Loop"
    private let node: NodeDescription
    private let body: Graph
    private let carried: Int

    /// Iterations one run may take when nothing in the model bounds them sooner.
    private static let iterationLimit = 1 << 24

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        guard node.hasInput.count >= 2, node.hasInput[2...].allSatisfy({ $0 }) else {
            throw node.malformed("a carried value is missing")
        }
        carried = node.hasInput.count - 2
        body = try node.body("body", inputs: (carried + 2)...(carried + 2))
        guard body.outputs.count >= carried + 1, node.hasOutput.count == body.outputs.count - 1 else {
            throw node.malformed("a body of \(body.outputs.count) outputs for \(node.hasOutput.count) outputs")
        }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        try allOutputTypes(inputs, node)
    }

    package func outputTypes(
        _ inputs: [ValueFact?], outer: (String) -> ValueType?
    ) throws(GraphError) -> [ValueType?] {
        var given: [ValueType?] = [ValueType(.int64, []), ValueType(.bool, [])]
        for index in 0..<carried {
            // A carried value may change its shape from one iteration to the next.
            given.append(ValueType(try node.fact(inputs, index + 2).dataType, nil))
        }
        var types: [ValueType?] = []
        for (index, made) in try body.outputTypes(given: given, outer: outer).dropFirst().enumerated() {
            if index < carried {
                types.append(try node.fact(inputs, index + 2).type.joined(made))
            } else {
                types.append(made.map { ValueType($0.dataType, $0.dimensions.map { [.unknown] + $0 }) })
            }
        }
        return types
    }

    package func run(_ context: RunContext) throws(GraphError) {
        var limit = Int.max
        if let tensor = context.optionalInput(0) { limit = try node.integer(tensor) }
        var goesOn = true
        if let tensor = context.optionalInput(1) { goesOn = try truth(tensor) }
        var values = (0..<carried).map { context.input($0 + 2) }
        var stacks = [Stack](repeating: Stack(), count: body.outputs.count - 1 - carried)
        var iteration = 0
        while goesOn, iteration < limit {
            guard iteration < Self.iterationLimit else {
                throw .limitExceeded(
                    what: "iterations of '\(node.name)'", limit: Self.iterationLimit, value: iteration + 1)
            }
            let arguments = [Tensor(scalar: Int64(iteration)), Tensor(scalar: goesOn)] + values
            let results = try context.runBody(body, arguments, node)
            goesOn = try truth(results[0])
            values = Array(results[1..<(1 + carried)])
            for (index, tensor) in results[(1 + carried)...].enumerated() {
                try stacks[index].push(tensor, context, node)
            }
            iteration += 1
        }
        for (index, tensor) in values.enumerated() where node.hasOutput(index) { context.setOutput(index, tensor) }
        for (index, stack) in stacks.enumerated() where node.hasOutput(index + carried) {
            let type = body.values[body.outputs[1 + carried + index]].type
            context.setOutput(index + carried, try stack.joined(like: type, node))
        }
    }

    private func truth(_ tensor: Tensor) throws(GraphError) -> Bool {
        guard tensor.dataType == .bool, tensor.elementCount == 1 else {
            throw node.mismatch("a condition of \(tensor)")
        }
        return tensor.pointer(UInt8.self)[0] != 0
    }
}

/// Tensors of one type, stacked along a new axis.
struct Stack {
    private var tensors: [Tensor] = []
    private var byteCount = 0

    /// - Throws: ``GraphError/limitExceeded(what:limit:value:)`` when the stack outgrows what a run may make.
    mutating func push(_ tensor: Tensor, _ context: RunContext, _ node: NodeDescription) throws(GraphError) {
        // A tensor takes some memory even when it has no elements.
        byteCount += max(tensor.byteCount, ByteStorage.alignment)
        guard byteCount <= context.byteLimit else {
            throw .limitExceeded(
                what: "bytes that the iterations of '\(node.name)' make", limit: context.byteLimit, value: byteCount)
        }
        if let first = tensors.first, first.shape != tensor.shape || first.dataType != tensor.dataType {
            throw node.mismatch("\(first) and \(tensor) do not stack")
        }
        tensors.append(tensor)
    }

    /// The stack along `axis`; empty ones take their shape from the declared type of an element.
    func joined(
        like type: ValueType?, axis: Int = 0, reversed: Bool = false, _ node: NodeDescription
    ) throws(GraphError) -> Tensor {
        guard let first = tensors.first else {
            guard let type else { throw node.unsupported("no iterations and no type for what they would make") }
            let extents = type.dimensions?.map { $0.fixedExtent ?? 0 } ?? []
            return Tensor(dataType: type.dataType, shape: try node.shape([0] + extents))
        }
        var extents = first.shape.dimensions
        let axis = try node.axis(axis, rank: extents.count + 1)
        extents.insert(tensors.count, at: axis)
        let result = Tensor(dataType: first.dataType, shape: try node.shape(extents), zeroed: false)
        let outer = extents[..<axis].reduce(1, *)
        let bytes = extents[(axis + 1)...].reduce(first.dataType.byteWidth ?? 0, *)
        for (index, tensor) in tensors.enumerated() {
            let place = reversed ? tensors.count - 1 - index : index
            for block in 0..<outer {
                (result.base + (block * tensors.count + place) * bytes).copyMemory(
                    from: tensor.base + block * bytes, byteCount: bytes)
            }
        }
        return result
    }
}
