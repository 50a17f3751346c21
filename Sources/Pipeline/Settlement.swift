internal import Synchronization

/// An answer that somebody waits for: given exactly once, what comes second is dropped.
final class Settlement<Answer: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Answer, any Error>?
        var early: Result<Answer, any Error>?
        var isSettled = false
    }

    private let state = Mutex(State())

    init() {}

    var isSettled: Bool { state.withLock { $0.isSettled } }

    /// Gives the answer to whoever waits.
    func settle(_ result: Result<Answer, any Error>) {
        let waiting: CheckedContinuation<Answer, any Error>? = state.withLock { state in
            guard !state.isSettled else { return nil }
            state.isSettled = true
            guard let continuation = state.continuation else {
                state.early = result
                return nil
            }
            state.continuation = nil
            return continuation
        }
        waiting?.resume(with: result)
    }

    /// Waits for the answer. To be called once.
    func value() async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let early: Result<Answer, any Error>? = state.withLock { state in
                if let early = state.early { return early }
                state.continuation = continuation
                return nil
            }
            if let early { continuation.resume(with: early) }
        }
    }
}
