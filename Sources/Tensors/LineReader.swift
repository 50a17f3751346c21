#if canImport(Glibc)
internal import Glibc
#endif

/// Reads a file, pipe or standard input piece by piece and gives its lines, so that a list may be longer than memory.
package final class LineReader {
    private let path: String
    private let descriptor: Int32
    private let separator: UInt8
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    /// Whether the last line that was given ended with a separator.
    package private(set) var endsWithSeparator = true
    /// Bytes given so far, separators included.
    package private(set) var offset = 0

    /// Longest line in bytes.
    package static let lineLimit = 1 << 24

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - separator: what ends a line.
    /// - Throws: ``FileError`` when the file cannot be opened.
    package init(path: String, separator: UInt8 = UInt8(ascii: "\n")) throws(FileError) {
        self.path = path
        self.separator = separator
        descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.current(operation: "open", path: path) }
    }

    deinit { if descriptor > 0 { close(descriptor) } }

    /// The next line without its separator; `nil` at the end.
    ///
    /// - Throws: ``FileError`` when reading fails or a line is longer than ``lineLimit``.
    package func next() throws(FileError) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: separator) {
                defer {
                    offset += end + 1 - start
                    start = end + 1
                }
                endsWithSeparator = true
                return Array(buffer[start..<end])
            }
            searched = buffer.count
            if isAtEnd {
                guard start < buffer.count else { return nil }
                defer {
                    offset += buffer.count - start
                    start = buffer.count
                }
                endsWithSeparator = false
                return Array(buffer[start...])
            }
            guard searched - start <= Self.lineLimit else {
                throw FileError(
                    operation: "read", path: path, errorNumber: EFBIG,
                    reason: "a line is longer than the limit of \(Self.lineLimit) bytes")
            }
            searched -= start
            buffer.removeFirst(start)
            start = 0
            try fill()
        }
    }

    private func fill() throws(FileError) {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        var received = read(descriptor, &chunk, chunk.count)
        while received < 0 && errno == EINTR { received = read(descriptor, &chunk, chunk.count) }
        guard received >= 0 else { throw FileError.current(operation: "read", path: path) }
        if received == 0 { isAtEnd = true }
        buffer.append(contentsOf: chunk[..<received])
    }
}
