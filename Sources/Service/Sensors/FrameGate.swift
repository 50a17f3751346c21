import HTTPTypes
import Synchronization

/// Lets a few frames of one sensor through at a time. Of those that wait, lossless ones keep their turn; one that only
/// matters as the latest makes way for the next that comes.
final class FrameGate: Sendable {
    private enum Verdict {
        case pass, superseded, full, cancelled
    }

    private struct Waiting {
        var ticket: Int
        var arrival: Int
        var policy: SensorPolicy
        var continuation: CheckedContinuation<Verdict, Never>
    }

    private struct State {
        var running = 0
        var ticket = 0
        /// In the order of arrival; at most one of them is of the policy `latest`.
        var waiting: [Waiting] = []
    }

    private let limit: Int
    private let backlog: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: frames let through at a time.
    ///   - backlog: frames that may wait.
    init(limit: Int, backlog: Int) {
        self.limit = limit
        self.backlog = backlog
    }

    /// Runs `work` when it is the frame's turn.
    ///
    /// - Parameter arrival: the frame's place in the order of arrival; tasks may overtake each other on their way here.
    /// - Throws: ``Problem`` `superseded` when a newer frame came while this one waited, `overloaded` when no more may wait;
    ///   `CancellationError`.
    func pass<Value>(_ policy: SensorPolicy, arrival: Int, _ work: () async throws -> Value) async throws -> Value {
        switch await enter(policy, arrival: arrival) {
        case .pass: break
        case .superseded: throw Problem.superseded
        case .full: throw Problem.overloaded("\(backlog) frames of this sensor wait already", retryAfter: 1)
        case .cancelled: throw CancellationError()
        }
        defer { leave() }
        return try await work()
    }

    private func enter(_ policy: SensorPolicy, arrival: Int) async -> Verdict {
        let ticket = state.withLock {
            $0.ticket += 1
            return $0.ticket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let frame = Waiting(ticket: ticket, arrival: arrival, policy: policy, continuation: continuation)
                let settled = state.withLock { state in take(frame, in: &state) }
                settled?.continuation.resume(returning: settled?.verdict ?? .cancelled)
                // Cancelled before it was held: the handler below found nothing.
                if Task.isCancelled { withdraw(ticket) }
            }
        } onCancel: {
            withdraw(ticket)
        }
    }

    /// Lets the frame through, or holds it, or refuses it.
    ///
    /// - Returns: the frame that does not wait any longer, if there is one.
    private func take(
        _ frame: Waiting, in state: inout State
    ) -> (continuation: CheckedContinuation<Verdict, Never>, verdict: Verdict)? {
        if state.running < limit {
            state.running += 1
            return (frame.continuation, .pass)
        }
        if let index = state.waiting.firstIndex(where: { $0.policy == .latest }) {
            let older = state.waiting[index]
            if frame.policy == .latest, frame.arrival < older.arrival { return (frame.continuation, .superseded) }
            if frame.arrival > older.arrival {
                state.waiting.remove(at: index)
                insert(frame, in: &state)
                return (older.continuation, .superseded)
            }
        }
        guard state.waiting.count < backlog else { return (frame.continuation, .full) }
        insert(frame, in: &state)
        return nil
    }

    private func insert(_ frame: Waiting, in state: inout State) {
        let place = state.waiting.lastIndex { $0.arrival < frame.arrival }.map { $0 + 1 } ?? 0
        state.waiting.insert(frame, at: place)
    }

    private func withdraw(_ ticket: Int) {
        let held: CheckedContinuation<Verdict, Never>? = state.withLock { state in
            guard let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
            return state.waiting.remove(at: index).continuation
        }
        held?.resume(returning: .cancelled)
    }

    private func leave() {
        let next: CheckedContinuation<Verdict, Never>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            // The place passes on without becoming free.
            return state.waiting.removeFirst().continuation
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
