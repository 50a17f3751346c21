internal import Graph
package import Inference
internal import ONNX

/// Why a network cannot be quantised.
package enum QuantizationError: Error, Equatable, Sendable {
    /// The network holds operators of quantised arithmetic already.
    case alreadyQuantized(node: String, op: String)
    /// Nothing in it multiplies activations by constant weights.
    case noProducts
    /// Written for an operator set that has no per-channel scales and whose operators differ too much from later ones.
    case oldOpset(Int, least: Int)
    /// A node that cannot be taken to a later operator set, or whose body cannot be looked into.
    case unsupported(node: String, op: String, detail: String)
    case noSamples
    /// An intermediate value was not finite on a sample.
    case notFinite(value: String)
    case network(SessionError)

    init(_ error: GraphError) { self = .network(.graph(error)) }
}

extension QuantizationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .alreadyQuantized(let node, let op): "the network is quantised already: node '\(node)' is \(op)"
        case .noProducts: "nothing to quantise: no convolution or matrix product with constant weights"
        case .oldOpset(let opset, let least):
            "the network is of opset \(opset); export it for \(least) or later, or convert it (onnx.version_converter)"
        case .unsupported(let node, let op, let detail): "node '\(node)' (\(op)): \(detail)"
        case .noSamples: "no samples to calibrate with"
        case .notFinite(let value): "value '\(value)' is not finite on a calibration sample"
        case .network(let error): error.description
        }
    }
}
