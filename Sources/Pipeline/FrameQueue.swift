internal import Synchronization
internal import Vision

/// Frames that wait for a compute thread. Where more wait for a model than there are threads, two share a run of its network: reading
/// its weights, which costs as much as the arithmetic for many networks, is then done once for both.
///
/// An answer does not depend on it: pairs are formed only where two rows give the bits that each gives alone.
final class FrameQueue: Sendable {
    private let waiting = Mutex<[ObjectIdentifier: [FrameJob]]>([:])
    private let pool: ComputePool

    init(pool: ComputePool) { self.pool = pool }

    /// Lets the job's answer be made when its turn comes.
    func add(_ job: FrameJob) {
        let model = ObjectIdentifier(job.options.main.model)
        waiting.withLock { $0[model, default: []].append(job) }
        // One turn a job: those whose job has been taken as the second of a pair find nothing to do, or go before their time.
        let isQueued = pool.submit { [self] in serve(model) }
        if !isQueued {
            waiting.withLock { $0[model]?.removeAll { $0 === job } }
            job.settle(.failure(PipelineError.shuttingDown))
        }
    }

    private func serve(_ model: ObjectIdentifier) {
        let (first, second): (FrameJob?, FrameJob?) = waiting.withLock { waiting in
            guard let jobs = waiting[model], let first = jobs.first else { return (nil, nil) }
            let isPair =
                jobs.count >= max(2, pool.width) && first.options.main.model.queue.takesPairs
                && !first.options.takesDigests && !jobs[1].options.takesDigests
            waiting[model] = jobs.count > (isPair ? 2 : 1) ? Array(jobs.dropFirst(isPair ? 2 : 1)) : nil
            return (first, isPair ? jobs[1] : nil)
        }
        guard let first else { return }
        guard let second, let opened = open(first, second) else {
            for job in [first, second] { job?.answer(on: pool) }
            return
        }
        var clock = StageClock()
        do {
            let model = first.options.main
            let found = try model.vision.predict(
                (
                    (opened.0.view.content, first.options.main.decoding),
                    (opened.1.view.content, second.options.main.decoding)
                ), parallelism: pool.parallelism, clock: &clock,
                isCancelled: { first.mustStop && second.mustStop }
            ) { inputs in
                try model.model.queue.runPairHere(
                    inputs, parallelism: pool.parallelism, isCancelled: { first.mustStop && second.mustStop })
            }
            first.settle(Result { try first.finish(opened.0, predictions: found.0, run: clock, on: pool) })
            second.settle(Result { try second.finish(opened.1, predictions: found.1, run: clock, on: pool) })
        } catch {
            // What failed together may be the fault of one.
            opened.0.release()
            opened.1.release()
            for job in [first, second] { job.answer(on: pool) }
        }
    }

    /// `nil` when one cannot be opened now: each then goes alone and says itself what is wrong.
    private func open(_ first: FrameJob, _ second: FrameJob) -> (FrameJob.Opened, FrameJob.Opened)? {
        guard let one = try? first.open(on: pool, waitsForRoom: false),
            let other = try? second.open(on: pool, waitsForRoom: false)
        else { return nil }
        return (one, other)
    }
}

extension FrameJob {
    /// Makes the answer alone and gives it to whoever waits.
    func answer(on pool: ComputePool) { settle(Result { try run(on: pool) }) }
}
