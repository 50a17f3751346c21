import HTTPTypes
import Synchronization

/// Lets a few frames of one sensor through at a time, holds one, and drops the held one when a newer comes: what
/// waits is always the latest.
final class FrameGate: Sendable {
    private enum Verdict {
        case pass, superseded, cancelled
    }

    private struct State {
        var running = 0
        var ticket = 0
        var held: (ticket: Int, continuation: CheckedContinuation<Verdict, Never>)?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Runs `work` when there is room.
    ///
    /// - Throws: ``Problem`` `superseded` when a newer frame came while this one waited; `CancellationError`.
    func pass<Value>(_ work: () async throws -> Value) async throws -> Value {
        switch await enter() {
        case .pass: break
        case .superseded: throw Problem.superseded
        case .cancelled: throw CancellationError()
        }
        defer { leave() }
        return try await work()
    }

    private func enter() async -> Verdict {
        let ticket = state.withLock {
            $0.ticket += 1
            return $0.ticket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let replaced: CheckedContinuation<Verdict, Never>? = state.withLock { state in
                    if state.running < limit {
                        state.running += 1
                        continuation.resume(returning: .pass)
                        return nil
                    }
                    let older = state.held?.continuation
                    state.held = (ticket, continuation)
                    return older
                }
                replaced?.resume(returning: .superseded)
                // Cancelled before it was held: the handler below found nothing.
                if Task.isCancelled { withdraw(ticket) }
            }
        } onCancel: {
            withdraw(ticket)
        }
    }

    private func withdraw(_ ticket: Int) {
        let held: CheckedContinuation<Verdict, Never>? = state.withLock { state in
            guard let held = state.held, held.ticket == ticket else { return nil }
            state.held = nil
            return held.continuation
        }
        held?.resume(returning: .cancelled)
    }

    private func leave() {
        let next: CheckedContinuation<Verdict, Never>? = state.withLock { state in
            guard let held = state.held else {
                state.running -= 1
                return nil
            }
            // The place passes on without becoming free.
            state.held = nil
            return held.continuation
        }
        next?.resume(returning: .pass)
    }
}

extension Problem {
    static var superseded: Problem {
        Problem(
            .tooManyRequests, "superseded", "a newer frame of this sensor came while this one waited for its turn",
            retryAfter: 0)
    }
}
