/// Why something that came over the AITRIOS wire cannot be used.
package enum AitriosError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `field` names the place, such as `Inferences[0].T`.
    case malformed(field: String, detail: String)
    case limitExceeded(field: String, limit: Int, value: Int)
    /// A request for something that the device does not have.
    case unsupported(field: String, detail: String)

    package var description: String {
        switch self {
        case .malformed(let field, let detail): "\(field): \(detail)"
        case .limitExceeded(let field, let limit, let value): "\(field) is \(value), the limit is \(limit)"
        case .unsupported(let field, let detail): "\(field): \(detail)"
        }
    }
}
