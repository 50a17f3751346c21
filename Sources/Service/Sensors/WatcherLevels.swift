import Synchronization
import Vision

/// Up to which level of privacy those see who watch a stream of pictures.
final class WatcherLevels: Sendable {
    private let counts = Mutex<[PrivacyLevel: Int]>([:])

    func add(_ level: PrivacyLevel) { counts.withLock { $0[level, default: 0] += 1 } }

    func remove(_ level: PrivacyLevel) {
        counts.withLock { counts in
            counts[level, default: 0] -= 1
            if counts[level] == 0 { counts[level] = nil }
        }
    }

    /// `nil` while nobody watches.
    var lowest: PrivacyLevel? { counts.withLock { $0.keys.min() } }
}
