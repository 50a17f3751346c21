internal import StrictJSON

/// Why results cannot be scored, apart from files (`FileError`).
package enum EvaluationError: Error, Equatable, Sendable {
    /// A file that is not what it should be; `line` counts from 1.
    case malformed(path: String, line: Int?, detail: String)
    /// Results that do not belong to the ground truth.
    case mismatch(detail: String)
}

extension EvaluationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let path, let line, let detail): "\(path)\(line.map { " line \($0)" } ?? ""): \(detail)"
        case .mismatch(let detail): detail
        }
    }
}
