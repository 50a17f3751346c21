package import Graph

extension ExecutionContext {
    /// A listing of the graph as it runs: operators with what is fused into them, output types, memory.
    package func describe() -> String {
        let graph = plan.graph
        var lines = graph.nodes.enumerated().map { step, node in
            let outputs = zip(node.outputs, node.outputs.indices).compactMap { output, _ -> String? in
                guard let output else { return nil }
                let value = graph.values[output]
                let place = plan.offsets[output].map { "@\($0)" } ?? "made during the run"
                return "\(value.type?.description ?? "?") \(place)"
            }
            return "\(step)\t\(node.op.label)\t\(node.description.name)\t\(outputs.joined(separator: ", "))"
        }
        lines.append("nodes \(graph.nodes.count), arena \(arenaByteCount) bytes, workspace \(workspaceByteCount) bytes")
        return lines.joined(separator: "\n")
    }
}

extension Session {
    /// The listing for the given input types, by default the declared ones with open extents set to 1; see
    /// ``ExecutionContext/describe()``.
    package func describe(_ inputTypes: [String: ValueType]? = nil) throws(GraphError) -> String {
        try makeContext(inputTypes ?? self.inputTypes()).describe()
    }
}
