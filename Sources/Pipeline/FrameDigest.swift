internal import Synchronization
internal import Tensors

/// SHA-256 of a frame's bytes, computed beside its inference.
final class FrameDigest: Sendable {
    private let bytes: ByteStorage
    private let value = Mutex<(sha256: String, nanoseconds: UInt64)>(("", 0))

    init(_ bytes: ByteStorage) { self.bytes = bytes }

    func compute() {
        let start = StageClock.now()
        let sha256 = SHA256.hex(of: bytes.bytes)
        value.withLock { $0 = (sha256, StageClock.now() - start) }
    }

    var sha256: String { value.withLock { $0.sha256 } }
    var nanoseconds: UInt64 { value.withLock { $0.nanoseconds } }
}
