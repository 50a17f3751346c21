package import Graph
internal import Inference
package import ONNX
internal import Operators
internal import Tensors

/// A float network made ready for quantisation: weights as float32 constants, batch normalisation in the convolutions,
/// operators of an opset that has per-channel scales.
package struct FloatNetwork: Sendable {
    /// The operator set whose DequantizeLinear takes a scale for each channel.
    static let leastTargetOpset = 13

    package internal(set) var graph: Graph
    let irVersion: Int
    let metadata: [String: String]

    /// - Throws: ``QuantizationError``.
    package init(_ model: ONNXModel) throws(QuantizationError) {
        do throws(GraphError) {
            graph = try Graph(model, registry: .standard)
        } catch {
            throw QuantizationError(error)
        }
        irVersion = max(model.irVersion, 7)
        metadata = model.metadata
        for node in graph.nodes {
            let op = node.description.op
            if op.contains("Quantize") || op.hasPrefix("QLinear") || op.hasSuffix("Integer") {
                throw .alreadyQuantized(node: node.description.name, op: op)
            }
            guard node.subgraphs.isEmpty else {
                throw .unsupported(
                    node: node.description.name, op: op, detail: "networks with control flow are not quantised")
            }
        }
        try upgradeOpset()
        do throws(GraphError) {
            try graph.inferTypes()
            graph.eliminateIdentity()
            graph.foldBatchNormalization()
            graph.removeDeadNodes()
        } catch {
            throw QuantizationError(error)
        }
    }

    /// The nodes that multiply by constant weights, in order: what can be left in float.
    package var products: [Int] {
        graph.nodes.indices.filter { if case .product = graph.role(of: $0) { true } else { false } }
    }

    /// The network as it is, or with another graph in its place, as a model.
    package func model(of other: Graph? = nil) throws(QuantizationError) -> ONNXModel {
        do throws(GraphError) {
            return try ONNXModel(
                other ?? graph, irVersion: irVersion, producerName: "fovea", metadata: metadata)
        } catch {
            throw QuantizationError(error)
        }
    }

    /// A session that runs `other`, a part or a variant of the graph.
    func session(of other: Graph) throws(QuantizationError) -> Session {
        let model = try model(of: other)
        do throws(SessionError) { return try Session(model) } catch { throw .network(error) }
    }
}
