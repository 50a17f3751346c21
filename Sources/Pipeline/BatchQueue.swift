internal import Graph
internal import Synchronization
internal import Tensors

/// The runs of one network. Requests that have to wait are joined, by their first axis, into runs of several rows.
///
/// A request's answer does not depend on the company it ran in: a size of batch is used only after the first batch of
/// that size gave every member the bits that it got alone. A network that mixes rows, or whose kernels round otherwise
/// for more rows, is thus never batched at that size.
final class BatchQueue: Sendable {
    private struct State {
        /// By priority, then by arrival.
        var waiting: [PendingRun] = []
        var running = 0
        var hasTimer = false
        /// Sizes tried: whether batches of that many rows keep the bits.
        var trials: [Int: Bool] = [:]
    }

    let configuration: BatchConfiguration
    private let runner: NetworkRunner
    private let pool: ComputePool
    private let statistics: ModelStatistics
    /// Rows that joined runs take, ascending; empty when requests run alone.
    let sizes: [Int]
    private let state = Mutex(State())

    /// - Parameter isBatchable: whether the first extent of every input and output is open.
    init(
        _ runner: NetworkRunner, pool: ComputePool, configuration: BatchConfiguration, isBatchable: Bool,
        statistics: ModelStatistics
    ) {
        self.runner = runner
        self.pool = pool
        self.configuration = configuration
        self.statistics = statistics
        sizes = isBatchable ? configuration.sizes : []
    }

    /// The most rows that are joined; 1 when requests run alone.
    var maximumRows: Int { sizes.last ?? 1 }

    /// Requests that wait for a run.
    var depth: Int { state.withLock { $0.waiting.count } }

    /// Runs `inputs` when its turn comes.
    ///
    /// - Parameters:
    ///   - priority: smaller goes first.
    ///   - deadline: nanoseconds on the monotonic clock; afterwards the answer is ``PipelineError/deadlineExceeded(milliseconds:)``.
    func run(
        _ inputs: [String: Tensor], priority: Int = 0, arrival: UInt64, deadline: UInt64
    ) async throws -> PendingRun.Answer {
        let rows = TensorBatch.rows(of: inputs) ?? 1
        let pending = PendingRun(inputs, rows: rows, priority: priority, arrival: arrival)
        let timer = Self.expire(pending, at: deadline, since: arrival)
        defer { timer.cancel() }
        do {
            let answer = try await withTaskCancellationHandler {
                start(adding: pending)
                return try await pending.value()
            } onCancel: {
                pending.settle(.failure(CancellationError()))
            }
            statistics.ended(
                isSuccess: true, queued: answer.queuedNanoseconds, total: StageClock.now() - arrival)
            return answer
        } catch {
            state.withLock { state in state.waiting.removeAll { $0 === pending } }
            statistics.ended(isSuccess: false, queued: 0, total: StageClock.now() - arrival)
            throw error
        }
    }

    /// Runs at once on the calling compute thread, past those that wait: it holds a thread already.
    func runHere(
        _ inputs: [String: Tensor], parallelism: Parallelism, isCancelled: () -> Bool
    ) throws(GraphError) -> [String: Tensor] {
        let began = StageClock.now()
        do throws(GraphError) {
            let outputs = try runner.run(inputs, parallelism: parallelism, isCancelled: isCancelled)
            let took = StageClock.now() - began
            statistics.ran(rows: TensorBatch.rows(of: inputs) ?? 1, requests: 1, .init(infer: took))
            statistics.ended(isSuccess: true, queued: 0, total: took)
            return outputs
        } catch {
            statistics.ended(isSuccess: false, queued: 0, total: StageClock.now() - began)
            throw error
        }
    }

    /// Whether two rows may run together: they keep the bits, or nobody has tried.
    var takesPairs: Bool { sizes.contains(2) && state.withLock { $0.trials[2] } != false }

    /// Runs two rows at once on the calling compute thread, past those that wait. The first time the rows also run alone, and give
    /// that answer; when it differs, pairs are over.
    func runPairHere(
        _ inputs: [String: Tensor], parallelism: Parallelism, isCancelled: () -> Bool
    ) throws(GraphError) -> [String: Tensor] {
        let trial = state.withLock { $0.trials[2] }
        if trial == true {
            return try runHere(inputs, parallelism: parallelism, isCancelled: isCancelled)
        }
        var alone: [[String: Tensor]] = []
        for row in TensorBatch.split(inputs, rows: [1, 1]) ?? [] {
            alone.append(
                try runHere(
                    TensorBatch.joined([row], rows: 1), parallelism: parallelism, isCancelled: isCancelled))
        }
        if trial == nil {
            let together = try runHere(inputs, parallelism: parallelism, isCancelled: isCancelled)
            let parts = TensorBatch.split(together, rows: [1, 1])
            let isIdentical = parts.map { zip($0, alone).allSatisfy { TensorBatch.areIdentical($0, $1) } } ?? false
            state.withLock { $0.trials[2] = isIdentical }
        }
        return TensorBatch.joined(alone, rows: 2)
    }

    /// Gives the request up at its deadline, whether it waits or runs. The caller cancels the timer when it has its answer.
    private static func expire(_ pending: PendingRun, at deadline: UInt64, since arrival: UInt64) -> Task<Void, Never> {
        Task {
            let now = StageClock.now()
            if deadline > now { try? await Task.sleep(for: .nanoseconds(Int64(clamping: deadline - now))) }
            guard !Task.isCancelled else { return }
            let milliseconds = Int(clamping: (deadline - min(arrival, deadline)) / 1_000_000)
            pending.settle(.failure(PipelineError.deadlineExceeded(milliseconds: milliseconds)))
        }
    }

    private enum Next {
        case run([PendingRun])
        case wait(nanoseconds: UInt64)
        case nothing
    }

    /// Starts whatever may start now.
    private func start(adding pending: PendingRun? = nil, leaving: Bool = false, timerFired: Bool = false) {
        let (batches, wait): ([[PendingRun]], UInt64?) = state.withLock { state in
            if leaving { state.running -= 1 }
            if timerFired { state.hasTimer = false }
            if let pending {
                let place = state.waiting.firstIndex { $0.priority > pending.priority } ?? state.waiting.endIndex
                state.waiting.insert(pending, at: place)
            }
            var batches: [[PendingRun]] = []
            while true {
                switch next(&state) {
                case .run(let batch): batches.append(batch)
                case .nothing: return (batches, nil)
                case .wait(let nanoseconds):
                    if state.hasTimer { return (batches, nil) }
                    state.hasTimer = true
                    return (batches, nanoseconds)
                }
            }
        }
        for batch in batches where !pool.submit({ [self] in execute(batch) }) {
            for pending in batch { pending.settle(.failure(PipelineError.shuttingDown)) }
            state.withLock { $0.running -= 1 }
        }
        if let wait {
            // Ends by itself after `delayMicroseconds` at most.
            Task { [weak self] in
                try? await Task.sleep(for: .nanoseconds(Int64(clamping: wait)))
                self?.start(timerFired: true)
            }
        }
    }

    private func next(_ state: inout State) -> Next {
        state.waiting.removeAll(where: \.isSettled)
        guard state.running < pool.width, let first = state.waiting.first else { return .nothing }
        let company = joinable(with: first, in: state.waiting)
        let rows = company.reduce(0) { $0 + $1.rows }
        if rows < maximumRows, configuration.delayMicroseconds > 0, first.rows < maximumRows {
            let start = first.arrival + UInt64(configuration.delayMicroseconds) * 1000
            let now = StageClock.now()
            if now < start { return .wait(nanoseconds: start - now) }
        }
        let batch = trimmed(company, trials: state.trials)
        let members = Set(batch.map(ObjectIdentifier.init))
        state.waiting.removeAll { members.contains(ObjectIdentifier($0)) }
        state.running += 1
        return .run(batch)
    }

    /// Waiting requests that fit into one run with `first`, in their order.
    private func joinable(with first: PendingRun, in waiting: [PendingRun]) -> [PendingRun] {
        var company = [first]
        var rows = first.rows
        guard rows >= 1, rows < maximumRows else { return company }
        for other in waiting.dropFirst()
        where other.rows >= 1 && rows + other.rows <= maximumRows && other.signature == first.signature {
            company.append(other)
            rows += other.rows
        }
        return company
    }

    /// The longest beginning whose rows make one of the sizes in use; the first alone when there is none.
    private func trimmed(_ company: [PendingRun], trials: [Int: Bool]) -> [PendingRun] {
        var best = 1
        var rows = 0
        for (index, pending) in company.enumerated() {
            rows += pending.rows
            if index > 0, sizes.contains(rows), trials[rows] != false { best = index + 1 }
        }
        return Array(company[..<best])
    }

    private func execute(_ batch: [PendingRun]) {
        defer { start(leaving: true) }
        let live = batch.filter { !$0.isSettled }
        guard live.count > 1 else {
            if let only = live.first { runAlone(only) }
            return
        }
        let rows = live.reduce(0) { $0 + $1.rows }
        let trial = state.withLock { $0.trials[rows] }
        guard live.count == batch.count, trial != false else {
            for pending in live { runAlone(pending) }
            return
        }
        guard let joined = try? runJoined(live, rows: rows) else {
            // What failed together may be the fault of one.
            for pending in live where !pending.isSettled { runAlone(pending) }
            return
        }
        if trial == true {
            for (pending, answer) in zip(live, joined) { pending.settle(.success(answer)) }
        } else {
            verify(live, joined, rows: rows)
        }
    }

    /// The first batch of a size: its members get the answers they get alone, and the two are compared.
    private func verify(_ batch: [PendingRun], _ joined: [PendingRun.Answer], rows: Int) {
        var isIdentical = true
        for (pending, answer) in zip(batch, joined) {
            guard let alone = runAlone(pending) else { return }
            if !TensorBatch.areIdentical(alone.outputs, answer.outputs) { isIdentical = false }
        }
        state.withLock { $0.trials[rows] = isIdentical }
    }

    @discardableResult
    private func runAlone(_ pending: PendingRun) -> PendingRun.Answer? {
        let began = StageClock.now()
        do {
            let outputs = try runner.run(pending.inputs, parallelism: pool.parallelism) { pending.isSettled }
            let took = StageClock.now() - began
            statistics.ran(rows: pending.rows, requests: 1, .init(infer: took))
            let answer = PendingRun.Answer(outputs: outputs, queuedNanoseconds: began - pending.arrival)
            pending.settle(.success(answer))
            return answer
        } catch {
            pending.settle(.failure(error))
            return nil
        }
    }

    /// Runs all rows at once; `nil` when the outputs have no row for each of the input's.
    private func runJoined(_ batch: [PendingRun], rows: Int) throws(GraphError) -> [PendingRun.Answer]? {
        let began = StageClock.now()
        let inputs = TensorBatch.joined(batch.map(\.inputs), rows: rows)
        let joinedAt = StageClock.now()
        let outputs = try runner.run(inputs, parallelism: pool.parallelism) { batch.allSatisfy(\.isSettled) }
        let ranAt = StageClock.now()
        guard let parts = TensorBatch.split(outputs, rows: batch.map(\.rows)) else {
            state.withLock { $0.trials[rows] = false }
            return nil
        }
        statistics.ran(
            rows: rows, requests: batch.count,
            .init(input: joinedAt - began, infer: ranAt - joinedAt, output: StageClock.now() - ranAt))
        return zip(batch, parts).map { pending, part in
            PendingRun.Answer(outputs: part, queuedNanoseconds: began - pending.arrival)
        }
    }
}
