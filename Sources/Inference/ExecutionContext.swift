package import Graph
internal import Operators
package import Tensors

/// All that one run of a session needs besides the session: the memory plan for one set of input shapes, the arena, and
/// each operator's bound inputs and outputs. Nothing is allocated while frames flow, but for the outputs handed out.
///
/// A context belongs to one run at a time; it may move between threads from run to run. That is what makes it
/// `Sendable`, and its owner keeps to it.
package final class ExecutionContext: @unchecked Sendable {
    package let inputTypes: [String: ValueType]
    /// Bytes of the planned intermediate values.
    package var arenaByteCount: Int { plan.arenaByteCount }
    package private(set) var workspaceByteCount: Int

    let plan: ExecutionPlan
    private let arena: ByteStorage
    private var workspace: ByteStorage
    private let runs: [RunContext]
    private let planned: [[Tensor?]]
    private var values: [Tensor?]
    private let capturable: [String: Int]
    private let byteLimit: Int

    init(_ session: Session, _ inputTypes: [String: ValueType], parallelism: Int) throws(GraphError) {
        var graph = try session.graph.binding(inputTypes)
        try graph.inferTypes(folding: session.options.folding)
        graph.removeDeadNodes()
        plan = try ExecutionPlan(graph, parallelism: parallelism, byteLimit: session.options.arenaByteLimit)
        byteLimit = session.options.arenaByteLimit
        self.inputTypes = Dictionary(
            uniqueKeysWithValues: graph.inputs.map { (graph.values[$0].name, graph.values[$0].type) }
        ).compactMapValues { $0 }
        arena = ByteStorage(byteCount: plan.arenaByteCount, zeroed: false)
        workspaceByteCount = plan.workspaceByteCount
        workspace = ByteStorage(byteCount: plan.workspaceByteCount, zeroed: false)
        values = graph.values.map(\.constant)
        let (offsets, arena) = (plan.offsets, arena)
        planned = graph.nodes.map { node in
            node.outputs.map { output in
                guard let output, let offset = offsets[output], let type = graph.values[output].type,
                    let shape = type.fixedShape
                else { return nil }
                return Tensor(dataType: type.dataType, shape: shape, storage: arena, byteOffset: offset)
            }
        }
        runs = graph.nodes.map { node in
            RunContext(
                inputs: [Tensor?](repeating: nil, count: node.inputs.count),
                outputs: [Tensor?](repeating: nil, count: node.outputs.count))
        }
        let hasBodies = graph.nodes.contains { !$0.subgraphs.isEmpty }
        capturable =
            hasBodies
            ? Dictionary(graph.values.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first }) : [:]
    }

    /// Runs the network. The outputs own their memory.
    ///
    /// - Parameters:
    ///   - inputs: by name, of the types the context was made for; read during the run only.
    ///   - isCancelled: asked before each node.
    /// - Throws: ``GraphError/badInput(name:expected:found:)``, ``GraphError/cancelled``, or what an operator throws.
    package func run(
        _ inputs: [String: Tensor], parallelism: Parallelism = .serial, isCancelled: () -> Bool = { false }
    ) throws(GraphError) -> [String: Tensor] {
        try bind(inputs)
        defer { release() }
        for step in runs.indices {
            if isCancelled() { throw .cancelled }
            try runNode(step, parallelism)
        }
        var outputs: [String: Tensor] = [:]
        for output in plan.graph.outputs {
            guard let tensor = values[output] else { continue }
            // The arena serves the next run, and inputs are the caller's: what lies there is copied.
            let isLent = tensor.storage === arena || inputs.values.contains { $0.storage === tensor.storage }
            outputs[plan.graph.values[output].name] = isLent ? Tensor(copying: tensor) : tensor
        }
        return outputs
    }

    /// Runs once and tells how long each node took.
    package func profile(
        _ inputs: [String: Tensor], parallelism: Parallelism = .serial
    ) throws(GraphError) -> [NodeTime] {
        try bind(inputs)
        defer { release() }
        let clock = ContinuousClock()
        var times: [NodeTime] = []
        for (step, node) in plan.graph.nodes.enumerated() {
            let start = clock.now
            try runNode(step, parallelism)
            let duration = clock.now - start
            let type = (node.outputs.first ?? nil).flatMap { values[$0] }.map { "\($0)" } ?? ""
            let output = (node.outputs.first ?? nil).flatMap { values[$0]?.shape } ?? .scalar
            let counting = node.op as? any MultiplyAddCounting
            let count = counting?.multiplyAdds(node.inputs.map { $0.flatMap { values[$0]?.shape } }, output: output)
            times.append(
                NodeTime(
                    node: node.description.name, op: node.op.label, output: type, duration: duration,
                    multiplyAdds: count, countsWholeNumbers: counting?.countsWholeNumbers ?? false))
        }
        return times
    }

    private func bind(_ inputs: [String: Tensor]) throws(GraphError) {
        for index in plan.graph.inputs {
            let value = plan.graph.values[index]
            guard let type = value.type else { continue }
            guard let tensor = inputs[value.name] else {
                throw .badInput(name: value.name, expected: "\(type)", found: "nothing")
            }
            guard tensor.dataType == type.dataType, tensor.shape == type.fixedShape else {
                throw .badInput(name: value.name, expected: "\(type)", found: "\(tensor)")
            }
            values[index] = tensor
        }
        if inputs.count > plan.graph.inputs.count {
            let known = Set(plan.graph.inputs.map { plan.graph.values[$0].name })
            for name in inputs.keys.sorted() where !known.contains(name) {
                throw .badInput(
                    name: name, expected: "one of \(known.sorted())", found: "a name the model does not have")
            }
        }
    }

    /// Lets go of the caller's inputs and of what was made during the run.
    private func release() {
        for index in plan.graph.inputs { values[index] = nil }
        for (step, node) in plan.graph.nodes.enumerated() {
            for slot in runs[step].inputs.indices { runs[step].inputs[slot] = nil }
            for (slot, output) in node.outputs.enumerated() {
                runs[step].outputs[slot] = nil
                if let output { values[output] = nil }
            }
        }
    }

    private func runNode(_ step: Int, _ parallelism: Parallelism) throws(GraphError) {
        let node = plan.graph.nodes[step]
        let run = runs[step]
        for (slot, input) in node.inputs.enumerated() {
            if let input { run.inputs[slot] = values[input] }
        }
        run.outputs = planned[step]
        run.parallelism = parallelism
        if planned[step].contains(where: { $0 == nil }) {
            let facts = node.inputs.enumerated().map { slot, input in
                run.inputs[slot].map { ValueFact(constant: $0) }
                    ?? input.flatMap { plan.graph.values[$0].type }.map { ValueFact($0) }
            }
            try node.checkOutputs(facts, byteLimit: byteLimit)
        }
        run.byteLimit = byteLimit
        try lendWorkspace(node, run)
        if !capturable.isEmpty {
            run.runSubgraph = { [unowned self] body, arguments throws(GraphError) in
                try body.interpret(arguments, parallelism, byteLimit: byteLimit) { name in
                    capturable[name].flatMap { values[$0] }
                }
            }
        }
        try node.op.run(run)
        for (slot, output) in node.outputs.enumerated() {
            guard let output else { continue }
            guard let tensor = run.outputs[slot] else { throw node.description.malformed("made no output \(slot)") }
            let isPlanned = planned[step][slot].map { $0.base == tensor.base } ?? true
            // A view that the plan did not foresee would outlive the buffer it looks at.
            values[output] = !isPlanned && tensor.storage === arena ? Tensor(copying: tensor) : tensor
        }
    }

    /// Scratch memory was planned from the shapes known then; more is made when a node turns out to need it.
    private func lendWorkspace(_ node: Graph.Node, _ run: RunContext) throws(GraphError) {
        let isDynamic = node.inputs.contains { $0.map { plan.graph.values[$0].type?.fixedShape == nil } ?? false }
        if isDynamic || run.parallelism.width > 1 {
            let types = run.inputs.enumerated().map { slot, tensor in
                tensor.map { ValueType($0.dataType, shape: $0.shape) }
                    ?? node.inputs[slot].flatMap { plan.graph.values[$0].type }
            }
            let byteCount = node.op.workspaceByteCount(types, parallelism: run.parallelism.width)
            guard byteCount <= byteLimit else {
                throw .limitExceeded(
                    what: "bytes of scratch memory of '\(node.description.name)'", limit: byteLimit, value: byteCount)
            }
            if byteCount > workspace.byteCount {
                workspace = ByteStorage(byteCount: byteCount, zeroed: false)
                workspaceByteCount = byteCount
            }
        }
        run.workspace = workspace.mutableBytes
    }
}

extension Tensor {
    /// The same elements in storage of their own.
    init(copying tensor: Tensor) {
        self.init(dataType: tensor.dataType, shape: tensor.shape, zeroed: false)
        base.copyMemory(from: tensor.base, byteCount: tensor.byteCount)
    }
}
