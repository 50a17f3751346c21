/// Why bytes could not be decoded or a picture not encoded. Each case names the format and the field at fault.
package enum CodecError: Error, Equatable, Sendable {
    /// The bytes break the format's own rules, or end too early.
    case malformed(format: String, field: String, detail: String)
    /// Well-formed, but a kind that is not read here.
    case unsupported(format: String, field: String, detail: String)
    case limitExceeded(format: String, field: String, limit: Int, value: Int)
    /// What the caller said about the bytes is missing, out of range, or contradicts them.
    case argument(field: String, detail: String)
    /// None of the formats read here begins like this.
    case unrecognised(detail: String)
}

extension CodecError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let format, let field, let detail): "\(format): \(field): \(detail)"
        case .unsupported(let format, let field, let detail): "\(format): \(field): not supported: \(detail)"
        case .limitExceeded(let format, let field, let limit, let value):
            "\(format): \(field) is \(value), the limit is \(limit)"
        case .argument(let field, let detail): "\(field): \(detail)"
        case .unrecognised(let detail): detail
        }
    }
}
