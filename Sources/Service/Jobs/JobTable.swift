import FoundationEssentials
import HTTPTypes
import Logging
import NIOCore
import Pipeline
import Store
import Synchronization

/// Jobs: taken in at once, run a few at a time beside the requests that wait, kept for a while when they have ended.
///
/// With a store they outlive the service: ended ones with their answers; those that a restart interrupted come back failed.
final class JobTable: Sendable {
    /// What a job's work comes to.
    struct Outcome: Sendable {
        var result: ByteBuffer
        var picture: Job.Picture?
    }

    typealias Work = @Sendable () async throws -> Outcome

    private struct Entry {
        var job: Job
        var work: Work?
        /// The work in progress.
        var task: Task<Outcome, any Error>?
        var call: WebhookCall?
        var requestID = ""
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var queue: [String] = []
        var runners = 0
        var calls: [String: Task<Void, Never>] = [:]
        var isStopping = false
    }

    let configuration: JobsConfiguration
    let webhooks: WebhookPolicy?
    private let store: ResultStore?
    private let background: BackgroundWork
    private let metrics: ServiceMetrics
    private let logger: Logger
    private let state = Mutex(State())

    /// - Throws: ``ConfigurationError`` for webhooks that cannot be used.
    init(
        _ configuration: JobsConfiguration, store: ResultStore?, background: BackgroundWork, metrics: ServiceMetrics,
        logger: Logger
    ) throws(ConfigurationError) {
        self.configuration = configuration
        webhooks = try configuration.webhookPolicy()
        self.store = store
        self.background = background
        self.metrics = metrics
        self.logger = logger
    }

    var unfinishedCount: Int { state.withLock { $0.entries.values.count { !$0.job.state.isFinal } } }

    /// Takes a job in. With a store it is on the disk when this returns.
    ///
    /// - Throws: 429 when all places are taken by jobs that have not ended.
    func submit(
        key: String?, address: WebhookAddress?, requestID: String, work: @escaping Work
    ) async throws -> Job {
        await expire()
        var job = Job(key: key, created: Self.now)
        var call: WebhookCall?
        if let address, let webhooks {
            job.webhook = WebhookCall.Progress(address: address.text)
            call = WebhookCall(id: job.id, address: address, policy: webhooks)
        }
        let entry = Entry(job: job, work: work, call: call, requestID: requestID)
        let spare = try state.withLock { state throws(Problem) -> String? in
            guard !state.isStopping else { throw .shuttingDown }
            var spare: String?
            if state.entries.count >= configuration.limit {
                spare =
                    state.entries.values.filter { $0.job.state.isFinal }
                    .min { $0.job.finished ?? 0 < $1.job.finished ?? 0 }?.job.id
                guard let spare else {
                    throw Problem(
                        .tooManyRequests, "too-many-jobs", "\(configuration.limit) jobs have not ended yet",
                        limit: configuration.limit, retryAfter: 5)
                }
                state.entries[spare] = nil
            }
            state.entries[entry.job.id] = entry
            return spare
        }
        if let spare { try? await store?.database.removeJobs([spare]) }
        do {
            try await keep(job)
        } catch {
            state.withLock { $0.entries[entry.job.id] = nil }
            throw error
        }
        let mustStart = state.withLock { state in
            state.queue.append(entry.job.id)
            guard state.runners < configuration.parallel else { return false }
            state.runners += 1
            return true
        }
        if mustStart { background.start { await self.run() } }
        return job
    }

    /// - Throws: 404, also for a job of another key.
    func find(_ id: String, key: String?) throws(Problem) -> Job {
        guard let job = state.withLock({ $0.entries[id]?.job }), job.key == key else { throw Self.notFound }
        return job
    }

    /// Ends a job that has not ended; forgets one that has.
    ///
    /// - Returns: the cancelled job; `nil` when it was forgotten.
    func cancel(_ id: String, key: String?) async throws -> Job? {
        let (job, task) = try state.withLock { state throws(Problem) -> (Job?, Task<Outcome, any Error>?) in
            guard var entry = state.entries[id], entry.job.key == key else { throw Self.notFound }
            if entry.job.state.isFinal {
                state.entries[id] = nil
                return (nil, nil)
            }
            let task = entry.task
            entry.job.state = .cancelled
            entry.job.finished = Self.now
            entry.work = nil
            entry.task = nil
            state.entries[id] = entry
            return (entry.job, task)
        }
        task?.cancel()
        if let job { try await keep(job) } else { try await store?.database.removeJobs([id]) }
        return job
    }

    private static var notFound: Problem { .notFound("there is no such job, or no longer") }
    private static var now: Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded()) }

    private func keep(_ job: Job) async throws {
        try await store?.database.keepJob(job.id, created: job.created, document: job.json(isKept: true))
    }

    private func keepOrLog(_ job: Job) async {
        do { try await keep(job) } catch {
            logger.error("a job cannot be stored", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
    }

    /// Forgets jobs that ended long ago.
    func expire() async {
        let oldest = Self.now - Int64(configuration.age / .milliseconds(1))
        let gone = state.withLock { state in
            let gone = state.entries.values.filter { $0.job.state.isFinal && ($0.job.finished ?? 0) < oldest }.map(
                \.job.id)
            for id in gone { state.entries[id] = nil }
            return gone
        }
        if !gone.isEmpty { try? await store?.database.removeJobs(gone) }
    }
}

// MARK: - Running

extension JobTable {
    /// Runs one job after the other until none waits.
    private func run() async {
        while let (id, task) = begin() {
            let outcome = await task.result
            await end(id, outcome)
        }
    }

    private func begin() -> (String, Task<Outcome, any Error>)? {
        state.withLock { state in
            while !state.queue.isEmpty {
                let id = state.queue.removeFirst()
                guard var entry = state.entries[id], entry.job.state == .queued, let work = entry.work else { continue }
                // Awaited by ``run()``; kept so that it can be cancelled.
                let task = Task { try await Self.insisting(work) }
                entry.job.state = .running
                entry.work = nil
                entry.task = task
                state.entries[id] = entry
                return (id, task)
            }
            state.runners -= 1
            return nil
        }
    }

    /// Requests that wait go first: a job that finds the queue full tries again.
    private static func insisting(_ work: Work) async throws -> Outcome {
        while true {
            do { return try await work() } catch PipelineError.overloaded {
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    private func end(_ id: String, _ outcome: Result<Outcome, any Error>) async {
        let ended = state.withLock { state -> (Job, WebhookCall?)? in
            guard var entry = state.entries[id], entry.job.state == .running else { return nil }
            entry.task = nil
            entry.job.finished = Self.now
            switch outcome {
            case .success(let outcome):
                entry.job.state = .done
                entry.job.result = outcome.result
                entry.job.picture = outcome.picture
            case .failure(let error):
                let problem = Problem(error)
                metrics.dropped(DropReason(problem), sensor: nil)
                if let detail = problem.internalDetail {
                    logger.error("a job failed", metadata: ["job": "\(id)", "error": "\(detail)"])
                }
                entry.job.state = .failed
                entry.job.problem = problem.body(instance: Job.path(id), requestID: entry.requestID)
            }
            state.entries[id] = entry
            return (entry.job, entry.call)
        }
        guard let (job, call) = ended else { return }
        metrics.jobEnded(job.state.rawValue)
        await keepOrLog(job)
        if let call { deliver(job, by: call) }
    }

    private func deliver(_ job: Job, by call: WebhookCall) {
        guard let progress = job.webhook else { return }
        // What is signed and sent does not tell of the calls themselves.
        var told = job
        told.webhook = nil
        let body = told.json()
        background.start {
            let task = Task {
                await call.deliver(body, from: progress) { progress in
                    self.metrics.webhookCalled(isDelivered: progress.isDelivered)
                    let job = self.state.withLock { state -> Job? in
                        state.entries[job.id]?.job.webhook = progress
                        return state.entries[job.id]?.job
                    }
                    if let job { await self.keepOrLog(job) }
                }
            }
            let isStopping = self.state.withLock { state in
                state.calls[job.id] = task
                return state.isStopping
            }
            if isStopping { task.cancel() }
            await task.value
            self.state.withLock { $0.calls[job.id] = nil }
        }
    }
}

// MARK: - Start and stop

extension JobTable {
    /// Brings back what the store has: ended jobs as they were, interrupted ones as failed. Calls not delivered go on.
    func restore() async {
        guard let store else { return }
        do {
            for document in try await store.database.jobs() {
                guard var job = Job(kept: document) else { continue }
                if !job.state.isFinal {
                    job.state = .failed
                    job.finished = Self.now
                    let problem = Problem(
                        .serviceUnavailable, "interrupted", "the service ended before the job did; send the frame again"
                    )
                    job.problem = problem.body(instance: Job.path(job.id), requestID: "")
                    await keepOrLog(job)
                }
                let call = call(for: job)
                let restored = job
                state.withLock { $0.entries[restored.id] = Entry(job: restored, call: call) }
                if let call { deliver(job, by: call) }
            }
        } catch {
            logger.error("jobs cannot be restored", metadata: ["error": "\(error)"])
        }
        await expire()
    }

    /// What is left to call, by today's policy.
    private func call(for job: Job) -> WebhookCall? {
        guard let progress = job.webhook, job.state != .cancelled, !progress.isDelivered, let webhooks,
            progress.attempts < webhooks.attempts, let address = try? webhooks.address(progress.address)
        else { return nil }
        return WebhookCall(id: job.id, address: address, policy: webhooks)
    }

    /// Takes no more jobs, lets those that run end, fails those that wait, and puts calls off until the next start.
    func stop() async {
        let (waiting, calls) = state.withLock { state in
            state.isStopping = true
            var waiting: [Job] = []
            for id in state.queue {
                guard var entry = state.entries[id], entry.job.state == .queued else { continue }
                entry.work = nil
                entry.job.state = .failed
                entry.job.finished = Self.now
                entry.job.problem = Problem.shuttingDown.body(instance: Job.path(id), requestID: entry.requestID)
                state.entries[id] = entry
                waiting.append(entry.job)
            }
            state.queue = []
            return (waiting, Array(state.calls.values))
        }
        for task in calls { task.cancel() }
        for job in waiting { await keepOrLog(job) }
    }
}
