internal import Glibc

/// A file that lines are added to while something else may move it away: it is then begun anew within a second.
package struct RotatedFile: ~Copyable {
    private let path: String
    private var descriptor: Int32
    private var checkedAt = ContinuousClock.now

    private static let checkInterval = Duration.seconds(1)

    /// Makes the file, for its owner's eyes only, if it is not there.
    ///
    /// - Throws: ``FileError`` when it cannot be opened for writing, or is a symbolic link.
    package init(path: String) throws(FileError) {
        self.path = path
        descriptor = Self.open(path)
        guard descriptor >= 0 else { throw FileError.current(operation: "open", path: path) }
    }

    deinit { close(descriptor) }

    /// Adds a line with one write, so that lines of several writers do not mix.
    ///
    /// - Throws: ``FileError`` when not all of it was written.
    package mutating func append(_ line: [UInt8]) throws(FileError) {
        reopenIfMoved()
        let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count == line.count else { throw FileError.current(operation: "write", path: path) }
    }

    private static func open(_ path: String) -> Int32 {
        Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }

    private mutating func reopenIfMoved() {
        let now = ContinuousClock.now
        guard checkedAt.duration(to: now) >= Self.checkInterval else { return }
        checkedAt = now
        var there = stat()
        var ours = stat()
        if stat(path, &there) == 0, fstat(descriptor, &ours) == 0, there.st_ino == ours.st_ino,
            there.st_dev == ours.st_dev
        {
            return
        }
        let fresh = Self.open(path)
        // Better in the old file than nowhere.
        guard fresh >= 0 else { return }
        close(descriptor)
        descriptor = fresh
    }
}
