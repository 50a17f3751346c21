/// Why a manifest cannot be used or a network's answer cannot be read.
package enum VisionError: Error, Equatable, Sendable {
    /// A manifest that breaks the schema; `path` names the key, like `head.scales[1].stride`.
    case malformedManifest(path: String, detail: String)
    /// A network whose outputs are not those of one family.
    case unrecognisedHead(detail: String)
    case limitExceeded(what: String, limit: Int, value: Int)
    /// The network has no output of this name.
    case missingOutput(name: String, found: [String])
    /// An output differs from what the manifest promises.
    case outputMismatch(name: String, expected: String, found: String)
    /// The tensor to be filled differs from what the manifest promises.
    case inputMismatch(name: String, expected: String, found: String)
    /// An answer that a sensor made itself and that breaks the schema.
    case badSensorAnswer(detail: String)
}

extension VisionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformedManifest(let path, let detail): path.isEmpty ? "manifest: \(detail)" : "\(path): \(detail)"
        case .unrecognisedHead(let detail): detail
        case .limitExceeded(let what, let limit, let value): "\(what) is \(value), the limit is \(limit)"
        case .missingOutput(let name, let found):
            "the network has no output '\(name)'; there are: \(found.joined(separator: ", "))"
        case .outputMismatch(let name, let expected, let found):
            "output '\(name)': expected \(expected), found \(found)"
        case .inputMismatch(let name, let expected, let found): "input '\(name)': expected \(expected), found \(found)"
        case .badSensorAnswer(let detail): "the sensor's answer: \(detail)"
        }
    }
}
