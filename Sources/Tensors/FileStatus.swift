#if canImport(Glibc)
internal import Glibc
#endif

/// What the file system says of a file without reading it.
package struct FileStatus: Sendable, Equatable {
    package var byteCount: Int
    /// When the content last changed, nanoseconds since 1970.
    package var modified: Int64

    package init(byteCount: Int, modified: Int64) {
        self.byteCount = byteCount
        self.modified = modified
    }

    /// - Throws: ``FileError`` when there is no such file or it may not be looked at.
    package init(path: String) throws(FileError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError.current(operation: "inspect", path: path) }
        byteCount = Int(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }
}
