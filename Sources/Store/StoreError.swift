import GRDB

/// Why the store cannot be opened, read or written.
package enum StoreError: Error, Equatable, Sendable {
    /// The file is not a results database, or broken.
    case damaged(path: String, detail: String)
    /// A newer program wrote it.
    case newer(path: String)
    case notThere(path: String)
    /// No room on the disk.
    case full(path: String)
    case failed(path: String, detail: String)
    /// A result that is not a JSON object cannot be sealed.
    case badDocument(detail: String)
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .damaged(let path, let detail): "\(path) is not a sound results database: \(detail)"
        case .newer(let path): "\(path) was written by a newer version of the program"
        case .notThere(let path): "there is no results database at \(path)"
        case .full(let path): "there is no room left for \(path)"
        case .failed(let path, let detail): "\(path): \(detail)"
        case .badDocument(let detail): "a result that cannot be stored: \(detail)"
        }
    }
}

extension StoreError {
    init(_ error: any Error, path: String) {
        if let known = error as? StoreError {
            self = known
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed(path: path, detail: "\(error)")
            return
        }
        let detail = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .damaged(path: path, detail: detail)
        case .SQLITE_FULL: self = .full(path: path)
        default: self = .failed(path: path, detail: detail)
        }
    }
}
