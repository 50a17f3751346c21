#if canImport(Glibc)
internal import Glibc
#endif

extension ByteStorage {
    /// Reads a file, pipe or device whole. Unlike a mapping, the bytes cannot vanish when somebody truncates the file.
    ///
    /// - Parameter path: `-` is standard input.
    /// - Throws: ``FileError``, also when there is more than `maximumByteCount`.
    package static func reading(path: String, maximumByteCount: Int) throws(FileError) -> ByteStorage {
        let isStandardInput = path == "-"
        let descriptor = isStandardInput ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.current(operation: "open", path: path) }
        defer { if !isStandardInput { close(descriptor) } }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError.current(operation: "inspect", path: path) }
        let isRegular = status.st_mode & S_IFMT == S_IFREG
        // One byte more than expected shows that the file has ended.
        let expected = isRegular ? min(Int(status.st_size), maximumByteCount) + 1 : 64 << 10
        var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: expected, alignment: alignment)
        var count = 0
        while true {
            if count == buffer.count {
                let larger = UnsafeMutableRawBufferPointer.allocate(
                    byteCount: min(2 * count, maximumByteCount + 1), alignment: alignment)
                larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
                buffer.deallocate()
                buffer = larger
            }
            let received = read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            if received < 0 {
                if errno == EINTR { continue }
                let error = FileError.current(operation: "read", path: path)
                buffer.deallocate()
                throw error
            }
            if received == 0 { break }
            count += received
            if count > maximumByteCount {
                buffer.deallocate()
                throw FileError(
                    operation: "read", path: path, errorNumber: EFBIG,
                    reason: "more than the limit of \(maximumByteCount) bytes")
            }
        }
        guard let base = buffer.baseAddress else { return ByteStorage(byteCount: 0) }
        return ByteStorage(adopting: base, byteCount: count) { $0.deallocate() }
    }
}
