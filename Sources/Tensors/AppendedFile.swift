#if canImport(Glibc)
internal import Glibc
#endif

/// A file that grows at its end, or standard output.
package final class AppendedFile {
    package let path: String
    private let descriptor: Int32
    /// Bytes in the file; for standard output, bytes written.
    package private(set) var byteCount: Int

    /// Opens or makes a file. `-` is standard output.
    ///
    /// - Throws: ``FileError``.
    package init(path: String, truncating: Bool) throws(FileError) {
        self.path = path
        byteCount = 0
        if path == "-" {
            descriptor = 1
            return
        }
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (truncating ? O_TRUNC : 0)
        descriptor = open(path, flags, 0o644)
        guard descriptor >= 0 else { throw FileError.current(operation: "create", path: path) }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw FileError.current(operation: "open", path: path) }
        byteCount = Int(end)
    }

    deinit { if descriptor > 1 { close(descriptor) } }

    /// Keeps others that ask for the same from writing the file, until this value or the process goes away.
    ///
    /// - Throws: ``FileError`` when somebody else has the file.
    package func lock() throws(FileError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw FileError(
                operation: "write", path: path, errorNumber: errno,
                reason: errno == EWOULDBLOCK ? "another run is writing it" : String(cString: strerror(errno)))
        }
    }

    package func append(_ bytes: [UInt8]) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError.current(operation: "write", path: path)
            }
            written += count
        }
        byteCount += bytes.count
    }

    /// Cuts the file to its first `byteCount` bytes.
    package func truncate(to byteCount: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0, lseek(descriptor, off_t(byteCount), SEEK_SET) >= 0 else {
            throw FileError.current(operation: "truncate", path: path)
        }
        self.byteCount = byteCount
    }

    /// Returns once the disk has what was written. Standard output is left to its reader.
    package func synchronize() throws(FileError) {
        guard descriptor > 1 else { return }
        guard fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
            throw FileError.current(operation: "write", path: path)
        }
    }
}
