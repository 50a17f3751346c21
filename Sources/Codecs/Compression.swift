internal import CCodecs
package import Tensors

/// The compressions of HTTP's content codings.
package enum Compression: String, Sendable, CaseIterable {
    /// RFC 1952.
    case gzip
    /// RFC 1950; bare RFC 1951 is read too.
    case deflate

    private var format: cc_zlib_format {
        switch self {
        case .gzip: .gzip
        case .deflate: .deflate
        }
    }

    /// - Parameter limit: bytes that may come out.
    /// - Throws: ``CodecError`` `malformed` for broken bytes, `limitExceeded` for more than `limit`.
    package func decompress(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CodecError) -> ByteStorage {
        var buffer = cc_buffer()
        try cc_zlib_inflate(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, format, limit, &buffer)
            .check(format: rawValue, limit: limit)
        return Self.adopt(buffer)
    }

    /// - Parameter level: zlib's, 1…9.
    package func compress(_ bytes: UnsafeRawBufferPointer, level: Int) throws(CodecError) -> ByteStorage {
        precondition((1...9).contains(level))
        var buffer = cc_buffer()
        try cc_zlib_deflate(
            bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, format, Int32(level), &buffer
        ).check(format: rawValue, limit: .max - 1)
        return Self.adopt(buffer)
    }

    private static func adopt(_ buffer: cc_buffer) -> ByteStorage {
        guard let bytes = buffer.bytes else { return ByteStorage(byteCount: 0) }
        return ByteStorage(adopting: bytes, byteCount: buffer.count) { pointer in
            cc_buffer_free(cc_buffer(bytes: pointer.assumingMemoryBound(to: UInt8.self), count: 0))
        }
    }
}
