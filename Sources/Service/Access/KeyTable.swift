import FoundationEssentials
import HTTPTypes
import Logging
import Synchronization
import Tensors

/// Who may do what: the keys of a file, read anew when it changes, and how fast each was used.
final class KeyTable: Sendable {
    private struct Bucket {
        var tokens: Double
        var filledAt: ContinuousClock.Instant
    }

    private struct State {
        /// By digest.
        var keys: [String: APIKey] = [:]
        var buckets: [String: Bucket] = [:]
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

    /// Lets a request through and counts it.
    ///
    /// - Returns: the key's id.
    /// - Throws: 401 without a key that is known and has not expired, 403 without the scope, 429 beyond the key's rate.
    func admit(_ text: String?, for scope: Scope) throws(Problem) -> String {
        refresh()
        guard let text, !text.isEmpty else {
            throw .unauthorized("a key is needed, as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'")
        }
        let digest = APIKey.digest(of: text)
        guard let key = state.withLock({ $0.keys[digest] }) else { throw .unauthorized("the key is not known") }
        guard !key.isExpired(at: Date()) else { throw .unauthorized("the key '\(key.id)' has expired") }
        guard key.scopes.contains(scope) else {
            throw Problem(.forbidden, "forbidden", "the key '\(key.id)' lacks the scope '\(scope.rawValue)'")
        }
        if let perSecond = key.perSecond, let wait = wait(key.sha256, perSecond: perSecond) {
            throw .overloaded("the key '\(key.id)' may send \(perSecond) requests a second", retryAfter: wait)
        }
        return key.id
    }

    /// Takes a token from the key's bucket, which holds one second's worth; seconds to wait when it is empty.
    private func wait(_ digest: String, perSecond: Double) -> Int? {
        let now = ContinuousClock.now
        let capacity = max(1, perSecond)
        return state.withLock { state in
            var bucket = state.buckets[digest] ?? Bucket(tokens: capacity, filledAt: now)
            bucket.tokens = min(capacity, bucket.tokens + bucket.filledAt.duration(to: now) / .seconds(1) * perSecond)
            bucket.filledAt = now
            defer { state.buckets[digest] = bucket }
            guard bucket.tokens < 1 else {
                bucket.tokens -= 1
                return nil
            }
            return max(1, Int(((1 - bucket.tokens) / perSecond).rounded(.up)))
        }
    }

    /// Reads the file again when a second has passed. A file that cannot be used leaves the keys as they were.
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

extension Problem {
    /// 401 with the ways to say who one is. `Basic` lets a browser ask for the key and send it with everything.
    static func unauthorized(_ detail: String) -> Problem {
        var problem = Problem(.unauthorized, "unauthorized", detail)
        problem.challenge = "Bearer realm=\"fovea\", Basic realm=\"fovea: the key as password\""
        return problem
    }
}
