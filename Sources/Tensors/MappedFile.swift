#if canImport(Glibc)
internal import Glibc
#endif

extension ByteStorage {
    /// Maps a regular file read-only (`MAP_PRIVATE`); the mapping ends with the storage.
    package static func mapping(path: String) throws(FileError) -> ByteStorage {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.current(operation: "open", path: path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError.current(operation: "inspect", path: path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(operation: "open", path: path, errorNumber: EINVAL, reason: "not a regular file")
        }
        let byteCount = Int(status.st_size)
        if byteCount == 0 { return ByteStorage(byteCount: 0) }
        guard let base = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw FileError.current(operation: "map", path: path)
        }
        return ByteStorage(adopting: base, byteCount: byteCount) { munmap($0, byteCount) }
    }
}

extension FileError {
    /// The error that `errno` holds now: call it right after the failed call.
    package static func current(operation: String, path: String) -> FileError {
        let number = errno
        return FileError(
            operation: operation, path: path, errorNumber: number, reason: String(cString: strerror(number)))
    }
}
