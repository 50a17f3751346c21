internal import Graph
internal import Inference
internal import Tensors

/// One node of a network as a network of its own.
struct NodeRunner {
    private let session: Session
    private let inputs: [(value: Int, name: String)]
    private let outputs: [(value: Int, name: String)]
    private let parallelism: Parallelism

    /// - Parameter constants: take the place of the graph's own.
    init(
        _ network: FloatNetwork, node index: Int, constants: [Int: Tensor] = [:], parallelism: Parallelism
    ) throws(QuantizationError) {
        var graph = network.graph
        let node = graph.nodes[index]
        for (value, tensor) in constants { graph.values[value].constant = tensor }
        graph.nodes = [node]
        var seen: Set<Int> = []
        graph.inputs = node.inputs.compactMap { $0 }.filter {
            graph.values[$0].constant == nil && seen.insert($0).inserted
        }
        graph.outputs = node.outputs.compactMap { $0 }
        inputs = graph.inputs.map { ($0, graph.values[$0].name) }
        outputs = graph.outputs.map { ($0, graph.values[$0].name) }
        self.parallelism = parallelism
        session = try network.session(of: graph)
    }

    /// - Parameter tensor: an input by its value in the network.
    func run(_ tensor: (Int) -> Tensor?) throws(QuantizationError) -> [Int: Tensor] {
        var given: [String: Tensor] = [:]
        for (value, name) in inputs { given[name] = tensor(value) }
        do throws(GraphError) {
            let made = try session.run(given, parallelism: parallelism)
            return Dictionary(
                uniqueKeysWithValues: outputs.compactMap { value, name in made[name].map { (value, $0) } })
        } catch {
            throw QuantizationError(error)
        }
    }
}
