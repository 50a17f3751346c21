internal import CKernels
internal import Glibc
package import Tensors

/// The threads that run all compute: frames in order of arrival, and the pieces into which a frame's work is cut.
///
/// A frame occupies one thread; threads without a frame of their own help those that have cut their work. Idle threads
/// look for work for some microseconds, then sleep.
package final class ComputePool: @unchecked Sendable {
    // Everything below is guarded by `lock`.
    private var tasks: [@Sendable () -> Void] = []
    private var nextTask = 0
    /// What goes before `tasks`: the last steps of work that is nearly done.
    private var urgentTasks: [@Sendable () -> Void] = []
    private var openWork: [SharedWork] = []
    private var isStopping = false
    private var sleepers = 0

    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wakeUp = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var threads: [pthread_t] = []

    /// Number of threads.
    package let width: Int
    /// Whether a frame's work is cut for other threads to help.
    private let sharesFrames: Bool

    /// Starts `width` threads named `compute-0`, `compute-1`, …
    ///
    /// - Parameter sharesFrames: `false` keeps each frame on one thread.
    package init(width: Int = ComputePool.availableProcessors, sharesFrames: Bool = true) {
        precondition(width >= 1)
        self.width = width
        self.sharesFrames = sharesFrames
        pthread_mutex_init(lock, nil)
        pthread_cond_init(wakeUp, nil)
        pthread_cond_init(finished, nil)
        for index in 0..<width {
            // The thread holds the pool until stop() ends it.
            let start = ThreadStart(pool: self, name: "compute-\(index)")
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
                    ck_thread_set_name(start.name)
                    start.pool.workUntilStopped()
                    return nil
                }, Unmanaged.passRetained(start).toOpaque())
            precondition(status == 0, "cannot start a compute thread: \(String(cString: strerror(status)))")
            threads.append(thread)
        }
    }

    deinit {
        pthread_cond_destroy(finished)
        pthread_cond_destroy(wakeUp)
        pthread_mutex_destroy(lock)
        finished.deallocate()
        wakeUp.deallocate()
        lock.deallocate()
    }

    /// Processors this process may run on: its affinity mask, capped by a cgroup's quota.
    package static var availableProcessors: Int {
        let count = Int(ck_thread_available_processors())
        return max(1, min(count, CgroupQuota.processors ?? count))
    }

    /// Lets queued frames finish, then ends the threads. What is submitted afterwards is refused.
    package func stop() {
        pthread_mutex_lock(lock)
        isStopping = true
        pthread_cond_broadcast(wakeUp)
        let running = threads
        threads = []
        pthread_mutex_unlock(lock)
        for thread in running { pthread_join(thread, nil) }
    }

    /// Queues `task` behind those already waiting, or behind the urgent ones only.
    ///
    /// - Returns: `false` when the pool has been stopped; the task then never runs.
    package func submit(isUrgent: Bool = false, _ task: @escaping @Sendable () -> Void) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if isStopping { return false }
        if isUrgent { urgentTasks.append(task) } else { tasks.append(task) }
        if sleepers > 0 { pthread_cond_signal(wakeUp) }
        return true
    }

    /// Runs `body` on a compute thread and waits for it without holding the caller's.
    ///
    /// - Throws: ``PipelineError/shuttingDown`` when the pool has been stopped, and what `body` throws.
    package func run<Result: Sendable>(
        isUrgent: Bool = false, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let isQueued = submit(isUrgent: isUrgent) { continuation.resume(with: Swift.Result(catching: body)) }
            if !isQueued { continuation.resume(throwing: PipelineError.shuttingDown) }
        }
    }

    /// The pool's threads as a value for the layers below. For use on a compute thread (or any thread that may wait).
    package var parallelism: Parallelism {
        if width == 1 || !sharesFrames { return .serial }
        return Parallelism(width: width) { [self] count, piece in
            withoutActuallyEscaping(piece) { piece in share(SharedWork(count: count, piece: piece)) }
        }
    }

    /// Runs `main` here and `side` beside it: on an idle thread if there is one, else here afterwards.
    package func run<Result>(beside side: @Sendable () -> Void, _ main: () throws -> Result) rethrows -> Result {
        guard sharesFrames else {
            defer { side() }
            return try main()
        }
        return try withoutActuallyEscaping(side) { side in
            let work = SharedWork(count: 1, piece: { _ in side() })
            offer(work)
            defer { finish(work) }
            return try main()
        }
    }

    private func share(_ work: SharedWork) {
        offer(work)
        finish(work)
    }

    private func offer(_ work: SharedWork) {
        pthread_mutex_lock(lock)
        openWork.append(work)
        if sleepers > 0 {
            if work.count > 2 { pthread_cond_broadcast(wakeUp) } else { pthread_cond_signal(wakeUp) }
        }
        pthread_mutex_unlock(lock)
    }

    /// Does what is left of `work`, then waits for the threads that still hold a piece. Afterwards nobody refers to it.
    private func finish(_ work: SharedWork) {
        work.runUnclaimed()
        pthread_mutex_lock(lock)
        openWork.removeAll { $0 === work }
        while work.visitors > 0 { pthread_cond_wait(finished, lock) }
        pthread_mutex_unlock(lock)
    }

    private func workUntilStopped() {
        var idleRounds = 0
        pthread_mutex_lock(lock)
        while true {
            if let work = openWork.first(where: \.hasUnclaimed) {
                work.visitors += 1
                pthread_mutex_unlock(lock)
                work.runUnclaimed()
                pthread_mutex_lock(lock)
                work.visitors -= 1
                if work.visitors == 0 { pthread_cond_broadcast(finished) }
                idleRounds = 0
            } else if let task = takeTask() {
                pthread_mutex_unlock(lock)
                task()
                pthread_mutex_lock(lock)
                idleRounds = 0
            } else if isStopping {
                break
            } else if idleRounds < Self.spinRounds {
                // Work cut from a running frame arrives every few dozen microseconds: sleeping in between would cost more.
                pthread_mutex_unlock(lock)
                sched_yield()
                idleRounds += 1
                pthread_mutex_lock(lock)
            } else {
                sleepers += 1
                pthread_cond_wait(wakeUp, lock)
                sleepers -= 1
                idleRounds = 0
            }
        }
        pthread_mutex_unlock(lock)
    }

    private static let spinRounds = 400

    private func takeTask() -> (@Sendable () -> Void)? {
        if !urgentTasks.isEmpty { return urgentTasks.removeFirst() }
        guard nextTask < tasks.count else { return nil }
        let task = tasks[nextTask]
        nextTask += 1
        if nextTask == tasks.count {
            tasks.removeAll(keepingCapacity: true)
            nextTask = 0
        } else if nextTask >= 256 {
            tasks.removeFirst(nextTask)
            nextTask = 0
        }
        return task
    }
}

private final class ThreadStart {
    let pool: ComputePool
    let name: String

    init(pool: ComputePool, name: String) {
        self.pool = pool
        self.name = name
    }
}
