internal import CKernels
internal import Glibc
internal import Synchronization
package import Tensors

/// The threads that run all compute: frames in order of arrival, and the pieces into which a frame's work is cut.
///
/// A frame occupies one thread; threads without a frame of their own help those that have cut their work. Threads that
/// wait, for work or for another's last piece, watch a counter for some microseconds and then sleep.
package final class ComputePool: @unchecked Sendable {
    // Everything below is guarded by `lock`.
    private var tasks: [@Sendable () -> Void] = []
    private var nextTask = 0
    /// What goes before `tasks`: the last steps of work that is nearly done.
    private var urgentTasks: [@Sendable () -> Void] = []
    private var openWork: [SharedWork] = []
    private var isStopping = false
    private var sleepers = 0
    /// Threads awake without a frame of their own: they watch for work, help, or are about to.
    private var helpers = 0
    private var watchers = 0

    /// Counts arrivals of work: what waiting threads watch.
    private let arrivals = Atomic<Int>(0)

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
        // Threads meet at the lock for tenths of a microsecond: sleeping there would take many times that.
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_ADAPTIVE_NP))
        pthread_mutex_init(lock, &attributes)
        pthread_mutexattr_destroy(&attributes)
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
        arrivals.wrappingAdd(1, ordering: .releasing)
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
        let isTaken = !isStopping
        if isTaken {
            if isUrgent { urgentTasks.append(task) } else { tasks.append(task) }
            // Whoever is awake may turn to a running frame's work first.
            wake(urgentTasks.count + tasks.count - nextTask, besides: 0)
        }
        pthread_mutex_unlock(lock)
        announce()
        return isTaken
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
            withoutActuallyEscaping(piece) { piece in
                withUnsafePointer(to: piece) { piece in
                    let work = SharedWork(count: count, piece: piece)
                    offer(work)
                    finish(work)
                }
            }
        }
    }

    /// Runs `main` here and `side` beside it: on an idle thread if there is one, else here afterwards.
    package func run<Result>(beside side: @Sendable () -> Void, _ main: () throws -> Result) rethrows -> Result {
        guard sharesFrames else {
            defer { side() }
            return try main()
        }
        return try withoutActuallyEscaping(side) { side in
            let piece: SharedWork.Piece = { _ in side() }
            return try withUnsafePointer(to: piece) { piece in
                let work = SharedWork(count: 1, piece: piece)
                offer(work)
                defer { finish(work) }
                return try main()
            }
        }
    }

    private func offer(_ work: SharedWork) {
        pthread_mutex_lock(lock)
        openWork.append(work)
        wake(max(1, work.count - 1), besides: helpers)
        pthread_mutex_unlock(lock)
        announce()
    }

    /// Calls those who watch, once the lock that they will want is free.
    private func announce() { arrivals.wrappingAdd(1, ordering: .releasing) }

    /// The lock is held.
    private var hasWork: Bool {
        openWork.contains(where: \.hasUnclaimed) || !urgentTasks.isEmpty || nextTask < tasks.count
    }

    /// Wakes as many sleepers as are wanted besides threads that are awake. The lock is held.
    private func wake(_ wanted: Int, besides awake: Int) {
        for _ in 0..<max(0, min(wanted - awake, sleepers)) { pthread_cond_signal(wakeUp) }
    }

    /// Does what is left of `work`, then waits for the threads that still hold a piece.
    private func finish(_ work: SharedWork) {
        _ = work.runUnclaimed()
        for _ in 0..<Self.pauses {
            if work.isDone { break }
            ck_thread_pause()
        }
        pthread_mutex_lock(lock)
        openWork.removeAll { $0 === work }
        if !work.isDone {
            work.await()
            while !work.isDone { pthread_cond_wait(finished, lock) }
        }
        pthread_mutex_unlock(lock)
    }

    private func workUntilStopped() {
        pthread_mutex_lock(lock)
        helpers += 1
        while true {
            let seen = arrivals.load(ordering: .acquiring)
            if let work = openWork.first(where: \.hasUnclaimed) {
                pthread_mutex_unlock(lock)
                let isAwaited = work.runUnclaimed()
                pthread_mutex_lock(lock)
                if isAwaited { pthread_cond_broadcast(finished) }
            } else if let task = takeTask() {
                helpers -= 1
                pthread_mutex_unlock(lock)
                task()
                pthread_mutex_lock(lock)
                helpers += 1
            } else if isStopping {
                break
            } else {
                // Work cut from a running frame arrives every few dozen microseconds: sleeping would cost more. Whoever
                // cuts it has a processor, so that one thread fewer than there are may watch.
                if watchers < width - 1 {
                    watchers += 1
                    pthread_mutex_unlock(lock)
                    for _ in 0..<Self.pauses {
                        if arrivals.load(ordering: .acquiring) != seen { break }
                        ck_thread_pause()
                    }
                    pthread_mutex_lock(lock)
                    watchers -= 1
                    guard arrivals.load(ordering: .acquiring) == seen, !hasWork else { continue }
                }
                helpers -= 1
                sleepers += 1
                pthread_cond_wait(wakeUp, lock)
                sleepers -= 1
                helpers += 1
            }
        }
        pthread_mutex_unlock(lock)
    }

    /// Looks at a counter before a waiting thread sleeps: 50 to 200 microseconds.
    private static let pauses = 4000

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
