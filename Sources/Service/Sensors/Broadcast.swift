import Synchronization

/// Hands elements to any number of readers, each with its own short backlog; a slow reader misses the oldest and holds
/// up nobody.
final class Broadcast<Element: Sendable>: Sendable {
    private struct State {
        var next = 0
        var readers: [Int: AsyncStream<Element?>.Continuation] = [:]
    }

    private let state = Mutex(State())
    private let limit: Int
    private let onMiss: @Sendable () -> Void

    /// - Parameter onMiss: called once for each element that a reader missed.
    init(limit: Int, onMiss: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.onMiss = onMiss
    }

    var readerCount: Int { state.withLock { $0.readers.count } }
    var hasRoom: Bool { readerCount < limit }

    /// A new reader, who leaves when its stream is finished, cancelled, or no longer used; `nil` when there are as many
    /// as there may be.
    func subscribe(backlog: Int) -> Subscription<Element>? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Element?.self, bufferingPolicy: .bufferingNewest(backlog))
        let key: Int? = state.withLock { state in
            guard state.readers.count < limit else { return nil }
            state.next += 1
            state.readers[state.next] = continuation
            return state.next
        }
        guard let key else { return nil }
        continuation.onTermination = { [weak self] _ in self?.remove(key) }
        return Subscription(elements: stream, continuation: continuation, onMiss: onMiss)
    }

    func publish(_ element: Element) {
        for reader in state.withLock({ Array($0.readers.values) }) {
            if case .dropped(.some) = reader.yield(element) { onMiss() }
        }
    }

    private func remove(_ key: Int) { state.withLock { _ = $0.readers.removeValue(forKey: key) } }
}

/// One reader's side of a ``Broadcast``.
struct Subscription<Element: Sendable>: Sendable {
    /// `nil` is a heartbeat.
    let elements: AsyncStream<Element?>
    fileprivate let continuation: AsyncStream<Element?>.Continuation
    fileprivate let onMiss: @Sendable () -> Void

    /// Ends the stream after what is in its backlog.
    var finish: @Sendable () -> Void { { [continuation] in continuation.finish() } }

    /// Adds heartbeats until cancelled.
    func beat(every interval: Duration) async throws {
        while true {
            try await Task.sleep(for: interval)
            if case .dropped(.some) = continuation.yield(nil) { onMiss() }
        }
    }
}
