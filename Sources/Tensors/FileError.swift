/// A failed call to the operating system on a file: what was tried, on which path, and the reason.
package struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    package var operation: String
    package var path: String
    package var errorNumber: Int32
    package var reason: String

    package init(operation: String, path: String, errorNumber: Int32, reason: String) {
        self.operation = operation
        self.path = path
        self.errorNumber = errorNumber
        self.reason = reason
    }

    package var description: String { "cannot \(operation) \(path): \(reason)" }
}
