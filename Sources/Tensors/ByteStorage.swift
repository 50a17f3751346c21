#if canImport(Glibc)
internal import Glibc
#endif

/// A shared block of bytes: an own 64-byte aligned allocation, or memory that somebody else frees (a mapped file).
///
/// The block is written by one owner before it is shared and only read afterwards: that is what makes it `Sendable`.
package final class ByteStorage: @unchecked Sendable {
    package let base: UnsafeMutableRawPointer
    package let byteCount: Int
    private let release: @Sendable (UnsafeMutableRawPointer) -> Void

    package static let alignment = 64

    /// Allocates `byteCount` bytes, aligned to 64 and padded to a multiple of 64 so that kernels may read whole vectors.
    package init(byteCount: Int, zeroed: Bool = true) {
        precondition(byteCount >= 0)
        let padded = max(Self.alignment, (byteCount + Self.alignment - 1) & ~(Self.alignment - 1))
        base = .allocate(byteCount: padded, alignment: Self.alignment)
        if zeroed { memset(base, 0, padded) }
        self.byteCount = byteCount
        release = { $0.deallocate() }
    }

    /// Takes over memory that `release` gives back.
    package init(
        adopting base: UnsafeMutableRawPointer, byteCount: Int,
        release: @escaping @Sendable (UnsafeMutableRawPointer) -> Void
    ) {
        self.base = base
        self.byteCount = byteCount
        self.release = release
    }

    package convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(byteCount: bytes.count, zeroed: false)
        if let source = bytes.baseAddress { memcpy(base, source, bytes.count) }
    }

    package convenience init(_ bytes: [UInt8]) {
        self.init(byteCount: bytes.count, zeroed: false)
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { memcpy(base, start, source.count) }
        }
    }

    deinit { release(base) }

    /// The bytes, valid while the storage lives: hold the storage in a variable, not in a temporary, while they are used.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }
    package var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base, count: byteCount)
    }
}
