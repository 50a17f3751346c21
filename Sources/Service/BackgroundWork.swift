import Synchronization

/// Work that goes on after its request was answered; the service waits for it before it ends.
final class BackgroundWork: Sendable {
    private struct State {
        var next = 0
        var tasks: [Int: Task<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    func start(_ operation: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.next += 1
            let key = state.next
            // Kept in `tasks` until it ends; ``finish()`` awaits what is left.
            state.tasks[key] = Task { [weak self] in
                await operation()
                self?.remove(key)
            }
        }
    }

    /// Waits for all work that has been started.
    func finish() async {
        while let task = state.withLock({ $0.tasks.values.first }) { await task.value }
    }

    private func remove(_ key: Int) { state.withLock { _ = $0.tasks.removeValue(forKey: key) } }
}
