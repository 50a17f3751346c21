/// Why a frame got no answer, apart from the frame itself (`CodecError`, `ISPError`) and the network (`GraphError`).
package enum PipelineError: Error, Equatable, Sendable {
    /// The queue is full; try again after about `retryAfter` seconds.
    case overloaded(queueLimit: Int, retryAfter: Int)
    case deadlineExceeded(milliseconds: Int)
    case shuttingDown
    case unknownModel(name: String, known: [String])
    case unknownProfile(name: String, known: [String])
    case unknownClass(name: String, model: String)
    case badOption(name: String, detail: String)
    /// Something was asked for that the level of privacy keeps here.
    case withheld(what: String, level: String)
    /// Pictures must be masked and cannot be, so that none may leave.
    case unmaskable(detail: String)
    /// A model folder that cannot be used.
    case badModel(name: String, detail: String)
}

extension PipelineError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .overloaded(let limit, _): "the queue is full (\(limit) frames)"
        case .deadlineExceeded(let milliseconds): "no answer within \(milliseconds) ms"
        case .shuttingDown: "the service is shutting down"
        case .unknownModel(let name, let known): "no model '\(name)'; there are: \(known.joined(separator: ", "))"
        case .unknownProfile(let name, let known):
            "no ISP profile '\(name)'; there are: \(known.joined(separator: ", "))"
        case .unknownClass(let name, let model): "model \(model) has no class '\(name)'"
        case .badOption(let name, let detail): "\(name): \(detail)"
        case .withheld(let what, let level): "\(what) may not leave at the privacy level '\(level)'"
        case .unmaskable(let detail): detail
        case .badModel(let name, let detail): "model \(name): \(detail)"
        }
    }
}
