/// Why a raw frame cannot be developed as asked.
package enum ISPError: Error, Equatable, Sendable {
    /// A parameter of the profile or the call is out of range or contradicts the frame.
    case argument(field: String, detail: String)
    /// The frame is of a kind that the asked-for chain does not take.
    case unsupported(field: String, detail: String)
    /// A profile file that is not JSON, lacks a key, has one too many, or holds a value out of range.
    case profile(key: String, detail: String)
    case cancelled
}

extension ISPError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .argument(let field, let detail): "\(field): \(detail)"
        case .unsupported(let field, let detail): "\(field): not supported: \(detail)"
        case .profile(let key, let detail): "ISP profile: \(key): \(detail)"
        case .cancelled: "cancelled"
        }
    }
}
