import Synchronization
import Tensors

/// The store of a running service: results come in from many tasks, are written together, and go when they are old.
///
/// Whoever writes waits until the result is on the disk; what comes meanwhile is committed together, so the disk's latency
/// costs each request once and throughput nothing. SQLite's calls run on its own queue, never on Swift's threads.
package final class ResultStore: Sendable {
    package let configuration: StoreConfiguration
    package let database: ResultsDatabase

    private struct Waiting {
        var result: NewResult
        var continuation: CheckedContinuation<Result<StoredResult?, StoreError>, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isWriting = false
        var written = 0
        var byteCount = 0
    }

    private let state = Mutex(State())
    private static let batchLimit = 256

    /// - Throws: ``StoreError`` when the database cannot be opened.
    package init(path: String, configuration: StoreConfiguration) throws(StoreError) {
        self.configuration = configuration
        database = try ResultsDatabase(path: path)
    }

    package var writtenCount: Int { state.withLock { $0.written } }
    /// Bytes in the store when old results were last deleted.
    package var knownByteCount: Int { state.withLock { $0.byteCount } }
    /// Results that wait to be written.
    package var queueDepth: Int { state.withLock { $0.waiting.count } }

    /// Stores a result and returns when it is on the disk.
    ///
    /// - Parameter mayDrop: whether it may be left out when the queue is full. Without, it waits for its turn: there are never
    ///   more of those than requests in progress.
    /// - Returns: `nil` when it was left out.
    package func write(_ result: NewResult, mayDrop: Bool) async throws(StoreError) -> StoredResult? {
        let written = await withCheckedContinuation { continuation in
            let (isFull, mustStart) = state.withLock { state in
                if mayDrop, state.waiting.count >= configuration.queueLimit { return (true, false) }
                state.waiting.append(Waiting(result: result, continuation: continuation))
                defer { state.isWriting = true }
                return (false, !state.isWriting)
            }
            if isFull { continuation.resume(returning: .success(nil)) }
            // Ends when nobody waits any more; those who wait keep the store alive.
            if mustStart { Task { await self.writeAll() } }
        }
        return try written.get()
    }

    private func writeAll() async {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.batchLimit))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.isWriting = false }
                return batch
            }
            if batch.isEmpty { return }
            await write(batch)
        }
    }

    private func write(_ batch: [Waiting]) async {
        do {
            let stored = try await database.insert(batch.map(\.result), time: Clock.milliseconds)
            state.withLock { $0.written += stored.count }
            for (waiting, stored) in zip(batch, stored) { waiting.continuation.resume(returning: .success(stored)) }
        } catch {
            guard batch.count > 1 else {
                for waiting in batch { waiting.continuation.resume(returning: .failure(error)) }
                return
            }
            // One that cannot be stored must not take the others with it.
            for waiting in batch { await write([waiting]) }
        }
    }

    /// Deletes what is too old or too much, a little at a time.
    package func enforceRetention() async throws(StoreError) {
        let days = configuration.maximumAgeDays
        let oldest = days > 0 ? Clock.milliseconds - Int64(days * 86_400_000) : nil
        let bytes = configuration.maximumBytes > 0 ? configuration.maximumBytes : nil
        while try await database.retain(since: oldest, maximumBytes: bytes, limit: 256) == 256 {}
        let usage = try await database.usage()
        state.withLock { $0.byteCount = usage.bytes }
    }

    package func delete(_ id: Int64) async throws(StoreError) -> Bool {
        try await database.delete(id, time: Clock.milliseconds)
    }
}
