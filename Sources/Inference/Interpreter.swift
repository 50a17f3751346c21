internal import Graph
internal import Tensors

extension Graph {
    /// Runs the body of an If, Loop or Scan, where every shape may differ from one run to the next: nothing is planned,
    /// each operator makes its outputs.
    ///
    /// - Parameters:
    ///   - byteLimit: of what one node makes.
    ///   - outer: the value of this name in the enclosing graph.
    func interpret(
        _ arguments: [Tensor], _ parallelism: Parallelism, byteLimit: Int, outer: (String) -> Tensor?
    ) throws(GraphError) -> [Tensor] {
        guard arguments.count == inputs.count else {
            throw .malformed(node: "", detail: "body '\(name)' takes \(inputs.count) inputs, given \(arguments.count)")
        }
        var values = self.values.map(\.constant)
        for (index, argument) in zip(inputs, arguments) { values[index] = argument }
        for capture in captures {
            guard let tensor = outer(capture.outerName) else {
                throw .malformed(node: "", detail: "body '\(name)': no value '\(capture.outerName)'")
            }
            values[capture.value] = tensor
        }
        var workspace = ByteStorage(byteCount: 0)
        for node in nodes {
            let run = RunContext(
                inputs: node.inputs.map { $0.flatMap { values[$0] } },
                outputs: [Tensor?](repeating: nil, count: node.outputs.count), parallelism: parallelism)
            run.byteLimit = byteLimit
            try node.checkOutputs(
                zip(run.inputs, node.inputs).map { tensor, input in
                    tensor.map { ValueFact(constant: $0) }
                        ?? input.flatMap { self.values[$0].type }.map { ValueFact($0) }
                }, byteLimit: byteLimit)
            let byteCount = node.op.workspaceByteCount(
                run.inputs.map { $0.map { ValueType($0.dataType, shape: $0.shape) } }, parallelism: parallelism.width)
            if byteCount > workspace.byteCount { workspace = try run.scratch(byteCount: byteCount, node.description) }
            run.workspace = workspace.mutableBytes
            if !node.subgraphs.isEmpty {
                let scope = values
                run.runSubgraph = { body, inner throws(GraphError) in
                    try body.interpret(inner, parallelism, byteLimit: byteLimit) { name in
                        self.values.firstIndex { $0.name == name }.flatMap { scope[$0] }
                    }
                }
            }
            try node.op.run(run)
            for (slot, output) in node.outputs.enumerated() {
                guard let output else { continue }
                guard let tensor = run.outputs[slot] else { throw node.description.malformed("made no output \(slot)") }
                values[output] = tensor
            }
        }
        return try outputs.map { index throws(GraphError) in
            guard let tensor = values[index] else {
                throw .malformed(node: "", detail: "body '\(name)' made no '\(self.values[index].name)'")
            }
            return tensor
        }
    }
}
