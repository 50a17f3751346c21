#if canImport(Glibc)
internal import Glibc
#endif

/// Writes whole files: a reader sees the old file or the new one, never a part.
package enum FileWriting {
    /// Writes to a hidden neighbour first and renames it over `path`. `-` is standard output.
    package static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(FileError) {
        if path == "-" {
            try write(bytes, descriptor: 1, path: path)
            return
        }
        let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let temporary = "\(path[..<cut]).\(path[cut...]).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError.current(operation: "create", path: path) }
        do {
            try write(bytes, descriptor: descriptor, path: path)
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        guard close(descriptor) == 0, Glibc.rename(temporary, path) == 0 else {
            let error = FileError.current(operation: "write", path: path)
            unlink(temporary)
            throw error
        }
    }

    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let result = bytes.withUnsafeBytes { bytes -> Result<Void, FileError> in
            do throws(FileError) { return .success(try write(bytes, to: path)) } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Writes a file, and the folder for it where there is none yet.
    package static func writeMakingFolder(_ bytes: [UInt8], to path: String) throws(FileError) {
        do {
            try write(bytes, to: path)
        } catch {
            guard error.errorNumber == ENOENT, let slash = path.lastIndex(of: "/") else { throw error }
            try makeDirectory(String(path[..<slash]))
            try write(bytes, to: path)
        }
    }

    /// Gives a file a new name; what had that name is gone.
    package static func rename(_ path: String, to newPath: String) throws(FileError) {
        guard Glibc.rename(path, newPath) == 0 else { throw FileError.current(operation: "write", path: newPath) }
    }

    /// Removes a file if it is there.
    package static func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError.current(operation: "remove", path: path) }
    }

    /// Copies ranges of one file to the end of another, piece by piece.
    package static func copy(
        _ ranges: some Sequence<Range<Int>>, of path: String, to target: AppendedFile
    ) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.current(operation: "open", path: path) }
        defer { close(descriptor) }
        for range in ranges {
            var position = range.lowerBound
            while position < range.upperBound {
                var chunk = [UInt8](repeating: 0, count: min(1 << 20, range.upperBound - position))
                let count = pread(descriptor, &chunk, chunk.count, off_t(position))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw FileError.current(operation: "read", path: path) }
                try target.append(Array(chunk[..<count]))
                position += count
            }
        }
    }

    /// Makes a folder and those above it; one that exists is fine.
    package static func makeDirectory(_ path: String) throws(FileError) {
        var prefix = ""
        for (index, part) in path.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
            prefix += (index == 0 ? "" : "/") + part
            if prefix.isEmpty || part.isEmpty { continue }
            if mkdir(prefix, 0o755) != 0 && errno != EEXIST {
                throw FileError.current(operation: "create folder", path: prefix)
            }
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw FileError(operation: "create folder", path: path, errorNumber: ENOTDIR, reason: "not a folder")
        }
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer, descriptor: Int32, path: String
    ) throws(FileError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError.current(operation: "write", path: path)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
