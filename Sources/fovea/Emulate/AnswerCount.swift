#if FOVEA_SERVER
import Sensor
import Synchronization

/// Calls a function once a stream has had so many answers.
final class AnswerCount: Sendable {
    private struct State {
        var left: Int
        var action: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(left: count)) }

    func note(_ event: StreamEvent) {
        guard case .answered = event else { return }
        let action = state.withLock { state in
            state.left -= 1
            return state.left == 0 ? state.action : nil
        }
        action?()
    }

    /// `action` runs at once when the answers have come already.
    func whenReached(_ action: @escaping @Sendable () -> Void) {
        let isReached = state.withLock { state in
            state.action = action
            return state.left <= 0
        }
        if isReached { action() }
    }
}
#endif
