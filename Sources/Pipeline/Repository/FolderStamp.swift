internal import Glibc
internal import Tensors

/// What a model's folder holds, told by its files' names, sizes and times of change: two that are equal are of the same content.
struct FolderStamp: Sendable, Equatable {
    private struct File: Sendable, Equatable {
        var path: String
        var inode: UInt64
        var byteCount: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    private var files: [File] = []

    /// Beyond these, files and folders are not looked at.
    private static let fileLimit = 4096
    private static let depthLimit = 4

    init(path: String) { visit(path, depth: 1) }

    private mutating func visit(_ folder: String, depth: Int) {
        guard depth <= Self.depthLimit, let names = try? DirectoryListing.names(in: folder) else { return }
        for name in names where files.count < Self.fileLimit {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                visit(path, depth: depth + 1)
            } else {
                files.append(
                    File(
                        path: path, inode: UInt64(status.st_ino), byteCount: Int64(status.st_size),
                        seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec))
            }
        }
    }
}
