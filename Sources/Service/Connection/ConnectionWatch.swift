import NIOCore
import Synchronization

/// What a request's task and the event loop know of one connection together: where it stands in a request, and
/// whether the client is still there.
final class ConnectionWatch: Sendable {
    enum Phase: Equatable {
        /// Between requests.
        case idle
        case header(since: NIODeadline)
        /// `received` counts bytes since `since`.
        case body(since: NIODeadline, received: Int)
        /// The request is read; the answer is being made.
        case answering
        /// Answered without the whole body; what still comes is thrown away until the connection closes.
        case lingering(since: NIODeadline)
    }

    private struct State {
        var phase = Phase.idle
        var isClosed = false
        /// Asks a client that sends no more whether it still listens, once its request is read.
        var probe: (@Sendable () -> Void)?
        var nextToken = 0
        var onClose: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    var phase: Phase { state.withLock { $0.phase } }

    func beginBody() { state.withLock { $0.phase = .body(since: .now(), received: 0) } }
    func beginAnswer() {
        let probe = state.withLock { state in
            state.phase = .answering
            defer { state.probe = nil }
            return state.probe
        }
        probe?()
    }
    func endRequest(bodyWasRead: Bool) {
        state.withLock { $0.phase = bodyWasRead ? .idle : .lingering(since: .now()) }
    }

    /// Notes bytes from the client.
    func received(_ count: Int) {
        state.withLock {
            switch $0.phase {
            case .idle: $0.phase = .header(since: .now())
            case .body(let since, let received): $0.phase = .body(since: since, received: received + count)
            case .header, .answering, .lingering: break
            }
        }
    }

    /// Starts a new span over which the body's rate is taken.
    func restartBodySpan() {
        state.withLock { if case .body = $0.phase { $0.phase = .body(since: .now(), received: 0) } }
    }

    /// The client closed its side of the connection.
    ///
    /// - Parameter probe: finds out whether it still listens; called when the request is read, or never.
    func inputClosed(probe: @escaping @Sendable () -> Void) {
        enum Next { case close, probe, wait }
        let next: Next = state.withLock { state in
            switch state.phase {
            case .idle, .lingering: return .close
            case .answering: return .probe
            case .header, .body:
                state.probe = probe
                return .wait
            }
        }
        switch next {
        case .close: close()
        case .probe: probe()
        case .wait: break
        }
    }

    /// The client has gone, or the connection broke.
    func close() {
        let callbacks = state.withLock { state in
            state.isClosed = true
            defer { state.onClose = [:] }
            return state.onClose.values.map { $0 }
        }
        for callback in callbacks { callback() }
    }

    /// Calls `callback` once when the client goes; at once if it has gone.
    func addCloseHandler(_ callback: @escaping @Sendable () -> Void) -> Int? {
        let token: Int? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.nextToken += 1
            state.onClose[state.nextToken] = callback
            return state.nextToken
        }
        if token == nil { callback() }
        return token
    }

    func removeCloseHandler(_ token: Int?) {
        guard let token else { return }
        state.withLock { _ = $0.onClose.removeValue(forKey: token) }
    }

    /// Runs `operation` and cancels it when the client closes its side of the connection, or when the caller is
    /// cancelled.
    func cancellingOnClose<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // Awaited three lines down, under the caller's cancellation: unstructured in form only.
        let task = Task { try await operation() }
        let token = addCloseHandler { task.cancel() }
        defer { removeCloseHandler(token) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
