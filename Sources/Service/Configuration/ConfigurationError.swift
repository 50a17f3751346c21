/// A setting that cannot be used.
package enum ConfigurationError: Error, Equatable, Sendable {
    case outOfRange(key: String, value: String, expected: String)
    case unreadable(key: String, detail: String)
}

extension ConfigurationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .outOfRange(let key, let value, let expected): "\(key) is \(value); expected \(expected)"
        case .unreadable(let key, let detail): "\(key): \(detail)"
        }
    }
}
