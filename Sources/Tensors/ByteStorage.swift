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
        Self.adviseHugePages(base, byteCount: padded)
        if zeroed { memset(base, 0, padded) }
        self.byteCount = byteCount
        release = { $0.deallocate() }
    }

    /// Asks for 2 MB pages where whole ones fit: a picture's first touch costs one fault instead of 512.
    private static func adviseHugePages(_ base: UnsafeMutableRawPointer, byteCount: Int) {
        #if os(Linux)
        let page = 2 << 20
        let start = (Int(bitPattern: base) + page - 1) & ~(page - 1)
        let length = (Int(bitPattern: base) + byteCount - start) & ~(page - 1)
        if length >= 2 * page { madvise(UnsafeMutableRawPointer(bitPattern: start), length, MADV_HUGEPAGE) }
        #endif
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
