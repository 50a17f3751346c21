internal import Graph
internal import Tensors

/// Where each value of a graph with fixed input shapes lives while the graph runs.
///
/// Values whose shape is known before the run share one arena. An output takes over the memory of an input that
/// nobody reads any more where the operator allows it, and views (Reshape, Squeeze, …) share their input's memory.
/// The graph's outputs are made anew in each run and handed out. So are values whose shape depends on data; what they might be views of stays alive with them.
struct ExecutionPlan {
    let graph: Graph
    /// Offset of each value in the arena; `nil` for inputs, constants, and values made during the run.
    private(set) var offsets: [Int?]
    private(set) var arenaByteCount = 0
    private(set) var workspaceByteCount = 0

    private static let views: Set<String> = ["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"]

    init(_ graph: Graph, parallelism: Int, byteLimit: Int) throws(GraphError) {
        self.graph = graph
        offsets = [Int?](repeating: nil, count: graph.values.count)
        let roots = Self.roots(graph)
        let lastUses = Self.lastUses(graph, roots)
        let buffers = Self.share(graph, roots, lastUses)
        try place(buffers.roots, buffers.lastUses, byteLimit)
        for node in graph.nodes {
            let types = node.inputs.map { $0.flatMap { graph.values[$0].type } }
            guard zip(node.inputs, types).allSatisfy({ $0 == nil || $1?.fixedShape != nil }) else { continue }
            let byteCount = node.op.workspaceByteCount(types, parallelism: parallelism)
            workspaceByteCount = max(workspaceByteCount, byteCount)
        }
        guard workspaceByteCount <= byteLimit else {
            throw .limitExceeded(what: "bytes of scratch memory", limit: byteLimit, value: workspaceByteCount)
        }
    }

    static func byteCount(_ type: ValueType?) -> Int? {
        guard let type, let shape = type.fixedShape, let width = type.dataType.byteWidth,
            let count = Shape.checkedElementCount(of: shape.dimensions)
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: width)
        return overflow ? nil : bytes
    }

    /// For each value made by a node with a known size, the value whose buffer it lives in: itself, or what it views.
    private static func roots(_ graph: Graph) -> [Int?] {
        var roots = [Int?](repeating: nil, count: graph.values.count)
        for node in graph.nodes {
            for case let output? in node.outputs where byteCount(graph.values[output].type) != nil {
                roots[output] = output
            }
            guard node.description.domain.isEmpty, views.contains(node.description.op),
                let output = node.outputs.first ?? nil, let input = node.inputs.first ?? nil
            else { continue }
            if byteCount(graph.values[input].type) == byteCount(graph.values[output].type) {
                roots[output] = roots[input]
            } else {
                roots[output] = nil
            }
        }
        return roots
    }

    /// The last step at which each root is read, by itself or through something that may share its memory.
    private static func lastUses(_ graph: Graph, _ roots: [Int?]) -> [Int] {
        var last = [Int](repeating: -1, count: graph.values.count)
        for output in graph.outputs { last[output] = graph.nodes.count }
        let capturing = graph.nodes.contains { !$0.subgraphs.isEmpty }
        let indices =
            capturing
            ? Dictionary(graph.values.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first }) : [:]
        for (step, node) in graph.nodes.enumerated().reversed() {
            var until = step
            for case let output? in node.outputs {
                last[output] = max(last[output], step)
                // Not in a buffer of its own: perhaps a view of any input.
                if roots[output] != output { until = max(until, last[output]) }
            }
            for case let input? in node.inputs { last[input] = max(last[input], until) }
            if capturing {
                for name in node.capturedNames {
                    if let value = indices[name] { last[value] = max(last[value], until) }
                }
            }
        }
        return last
    }

    /// Lets outputs take over the buffers of inputs that end with the node.
    private static func share(
        _ graph: Graph, _ roots: [Int?], _ lastUses: [Int]
    ) -> (roots: [Int?], lastUses: [Int]) {
        var owner = [Int](graph.values.indices)
        var lastUses = lastUses
        for (step, node) in graph.nodes.enumerated() {
            guard let slot = node.op.inPlaceInput, node.inputs.indices.contains(slot), let input = node.inputs[slot],
                let output = node.outputs.first ?? nil, roots[output] == output, let root = roots[input],
                lastUses[owner[root]] == step, graph.values[input].type == graph.values[output].type,
                !node.inputs.enumerated().contains(where: { other in
                    guard other.offset != slot, let value = other.element, value != input, let root2 = roots[value]
                    else { return false }
                    return owner[root2] == owner[root]
                })
            else { continue }
            owner[output] = owner[root]
            lastUses[owner[root]] = max(step, lastUses[output])
        }
        return (roots.map { $0.map { owner[$0] } }, lastUses)
    }

    private mutating func place(_ roots: [Int?], _ lastUses: [Int], _ byteLimit: Int) throws(GraphError) {
        var buffers: [MemoryPlan.Buffer] = []
        var buffer = [Int?](repeating: nil, count: graph.values.count)
        var total = 0
        let handedOut = Set(graph.outputs.compactMap { roots[$0] })
        let parts = Self.parts(graph, roots, lastUses, handedOut)
        var span = graph.values.indices.map { (first: Int.max, last: lastUses[$0]) }
        for (step, node) in graph.nodes.enumerated() {
            for case let output? in node.outputs where roots[output] == output {
                for whole in sequence(first: output, next: { parts[$0]?.whole }) {
                    span[whole] = (min(span[whole].first, step), max(span[whole].last, lastUses[output]))
                }
            }
        }
        for (step, node) in graph.nodes.enumerated() {
            for case let output? in node.outputs
            where roots[output] == output && !handedOut.contains(output) && parts[output] == nil {
                guard let byteCount = Self.byteCount(graph.values[output].type) else { continue }
                guard byteCount <= byteLimit, buffers.count < 1 << 16 else {
                    throw .limitExceeded(
                        what: "bytes of value '\(graph.values[output].name)'", limit: byteLimit, value: byteCount)
                }
                total += byteCount
                buffer[output] = buffers.count
                buffers.append(
                    MemoryPlan.Buffer(
                        byteCount: byteCount, first: min(step, span[output].first), last: span[output].last))
            }
        }
        let plan = MemoryPlan(buffers)
        guard plan.byteCount <= byteLimit else {
            throw .limitExceeded(what: "bytes of intermediate values", limit: byteLimit, value: plan.byteCount)
        }
        arenaByteCount = plan.byteCount
        for value in graph.values.indices {
            guard var root = roots[value] else { continue }
            var offset = 0
            while let part = parts[root] {
                offset += part.offset
                root = part.whole
            }
            offsets[value] = buffer[root].map { plan.offsets[$0] + offset }
        }
    }

    /// Values that can be made at their place in the output of the Concat that reads them: for each its offset there.
    ///
    /// The parts must lie one after the other (nothing outside the joined axis), each in a buffer that nobody writes
    /// again after the part is made.
    private static func parts(
        _ graph: Graph, _ roots: [Int?], _ lastUses: [Int], _ handedOut: Set<Int>
    ) -> [Int: (whole: Int, offset: Int)] {
        var parts: [Int: (whole: Int, offset: Int)] = [:]
        var tenants = [Int](repeating: 0, count: graph.values.count)
        var isMade = [Bool](repeating: false, count: graph.values.count)
        for node in graph.nodes {
            for case let output? in node.outputs {
                isMade[output] = true
                if let root = roots[output] { tenants[root] += 1 }
            }
        }
        for node in graph.nodes where node.description.op == "Concat" && node.description.domain.isEmpty {
            guard let whole = node.outputs.first ?? nil, roots[whole] == whole, tenants[whole] == 1,
                !handedOut.contains(whole), let shape = graph.values[whole].type?.fixedShape,
                case .int(let axis)? = node.description.attributes["axis"], axis >= 0, axis < shape.rank,
                shape.dimensions[..<axis].allSatisfy({ $0 == 1 }), Set(node.inputs).count == node.inputs.count
            else { continue }
            var offset = 0
            for case let input? in node.inputs {
                guard let byteCount = byteCount(graph.values[input].type) else { break }
                if isMade[input], roots[input] == input, tenants[input] == 1, !handedOut.contains(input),
                    parts[input] == nil, offset % MemoryPlan.alignment == 0
                {
                    parts[input] = (whole, offset)
                }
                offset += byteCount
            }
        }
        return parts
    }
}
