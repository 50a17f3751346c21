import Logging
import Synchronization

/// The keys of a file, read anew when a second has passed.
final class KeyTable: Sendable {
    private struct State {
        /// By digest.
        var keys: [String: APIKey]
        var readAt: ContinuousClock.Instant
    }

    private let path: String
    private let logger: Logger
    private let state: Mutex<State>

    /// How old the table may be.
    private static let freshness = Duration.seconds(1)

    /// - Throws: ``ConfigurationError``, `FileError` when the file cannot be used at the start.
    init(path: String, logger: Logger) throws {
        self.path = path
        self.logger = logger
        let file = try KeyFile(path: path)
        state = Mutex(State(keys: Self.table(file), readAt: .now))
    }

    private static func table(_ file: KeyFile) -> [String: APIKey] {
        Dictionary(file.keys.map { ($0.sha256, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The entry of a key. Looked up by digest, so that the time it takes tells nothing about the keys there are.
    func key(_ text: String) -> APIKey? {
        refresh()
        let digest = APIKey.digest(of: text)
        return state.withLock { $0.keys[digest] }
    }

    /// Every key, by its id.
    var all: [APIKey] {
        refresh()
        return state.withLock { $0.keys.values.sorted { $0.id < $1.id } }
    }

    /// Reads the file again when it is due. A file that cannot be used leaves the keys as they were.
    private func refresh() {
        let now = ContinuousClock.now
        let isDue = state.withLock { state in
            guard state.readAt.duration(to: now) >= Self.freshness else { return false }
            state.readAt = now
            return true
        }
        guard isDue else { return }
        do {
            let file = try KeyFile(path: path)
            state.withLock { $0.keys = Self.table(file) }
        } catch {
            logger.error("the key file cannot be used; the keys stay as they were", metadata: ["error": "\(error)"])
        }
    }
}
