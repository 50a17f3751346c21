internal import Graph
internal import ONNX
internal import Operators
internal import Tensors

/// What a network needs as its file has it, layer by layer, in elements: to see whether it fits a device before it is put
/// there. On a device that computes in 8 bits an element is a byte.
package struct NetworkMemory: Sendable {
    package struct Layer: Sendable {
        package var name: String
        /// The ONNX operator.
        package var operation: String
        /// Elements of weights that this layer is the first to read.
        package var weights: Int
        /// Elements of its outputs.
        package var activations: Int
        /// Elements of activations that are alive while it runs.
        package var live: Int
    }

    package let layers: [Layer]
    package var weights: Int { layers.reduce(0) { $0 + $1.weights } }
    /// The most elements of activations that are alive at a time.
    package var peak: Int { layers.map(\.live).max() ?? 0 }
    /// Elements that must have room at once.
    package var total: Int { weights + peak }

    /// Element by element, or nothing but another view: a device computes these where their input lies.
    private static let inPlace: Set<String> = [
        "Add", "BatchNormalization", "Clip", "DequantizeLinear", "Flatten", "HardSigmoid", "HardSwish", "Identity",
        "LeakyRelu", "Mul", "PRelu", "QuantizeLinear", "Relu", "Reshape", "Sigmoid", "Softmax", "Squeeze", "Sub",
        "Tanh",
        "Unsqueeze",
    ]

    /// - Parameter path: of an ONNX file; open extents count as 1.
    package init(path: String) throws(SessionError) {
        let model: ONNXModel
        do throws(ONNXFormatError) { model = try ONNXModel.load(path: path) } catch { throw SessionError(error) }
        do throws(GraphError) {
            var graph = try Graph(model, registry: .standard)
            for input in graph.inputs {
                guard let type = graph.values[input].type else { continue }
                let shape = Shape((type.dimensions ?? []).map { $0.fixedExtent ?? 1 })
                graph.values[input].type = ValueType(type.dataType, shape: shape)
            }
            try graph.inferTypes(folding: SessionOptions().folding)
            graph.removeDeadNodes()
            layers = Self.layers(of: graph)
        } catch {
            throw SessionError(error)
        }
    }

    private static func layers(of graph: Graph) -> [Layer] {
        func elements(_ value: Int) -> Int { graph.values[value].type?.fixedShape?.elementCount ?? 0 }
        var lastUse = [Int](repeating: -1, count: graph.values.count)
        for (step, node) in graph.nodes.enumerated() {
            for case let input? in node.inputs { lastUse[input] = step }
        }
        for output in graph.outputs { lastUse[output] = graph.nodes.count }
        var counted: Set<Int> = []
        var alive: [Int: Int] = [:]
        for input in graph.inputs { alive[input] = elements(input) }
        return graph.nodes.enumerated().map { step, node in
            var weights = 0
            for case let input? in node.inputs where graph.values[input].constant != nil {
                if counted.insert(input).inserted { weights += graph.values[input].constant?.shape.elementCount ?? 0 }
            }
            let outputs = node.outputs.compactMap { $0 }
            for output in outputs { alive[output] = elements(output) }
            // It writes over an input that is read no more.
            if inPlace.contains(node.description.op), let first = node.inputs.first ?? nil, let output = outputs.first,
                lastUse[first] == step, alive[first] == elements(output)
            {
                alive[first] = nil
            }
            let live = alive.values.reduce(0, +)
            for (value, _) in alive where lastUse[value] <= step { alive[value] = nil }
            return Layer(
                name: node.description.name, operation: node.description.op, weights: weights,
                activations: outputs.reduce(0) { $0 + elements($1) }, live: live)
        }
    }
}
