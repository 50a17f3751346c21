/// Why a batch cannot go on, apart from its files (`FileError`).
package enum BatchError: Error, Equatable, Sendable {
    /// A journal that this program did not write, or that does not fit its output.
    case journal(path: String, detail: String)
    /// A ground truth without the image or class that is asked of it.
    case groundTruth(path: String, detail: String)
}

extension BatchError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .journal(let path, let detail): "journal \(path): \(detail)"
        case .groundTruth(let path, let detail): "ground truth \(path): \(detail)"
        }
    }
}
