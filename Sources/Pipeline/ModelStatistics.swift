internal import Synchronization

/// How often one version of a model ran, for how many rows, and where the time went.
package final class ModelStatistics: Sendable {
    /// A number of events and the time they took together.
    package struct Total: Sendable, Equatable {
        package var count: UInt64 = 0
        package var nanoseconds: UInt64 = 0

        package init() {}

        mutating func add(_ nanoseconds: UInt64, count: UInt64 = 1) {
            self.count += count
            self.nanoseconds += nanoseconds
        }
    }

    /// Runs of one batch size.
    package struct BatchTotals: Sendable, Equatable {
        package var computeInput = Total()
        package var computeInfer = Total()
        package var computeOutput = Total()
    }

    /// Counters since the version was loaded.
    package struct Snapshot: Sendable, Equatable {
        /// Milliseconds since 1970 of the last answer; 0 before the first.
        package var lastInference: UInt64 = 0
        /// Rows answered: a request for a batch of three counts three.
        package var inferenceCount: UInt64 = 0
        /// Runs of the network.
        package var executionCount: UInt64 = 0
        package var success = Total()
        package var fail = Total()
        package var queue = Total()
        package var computeInput = Total()
        package var computeInfer = Total()
        package var computeOutput = Total()
        /// By the number of rows that ran together.
        package var batches: [Int: BatchTotals] = [:]

        package init() {}
    }

    /// The parts of one run's time.
    struct RunTime {
        var input: UInt64 = 0
        var infer: UInt64 = 0
        var output: UInt64 = 0
    }

    private let state = Mutex(Snapshot())

    package init() {}

    package var snapshot: Snapshot { state.withLock { $0 } }

    /// Notes one run of `rows` rows for `requests` requests.
    func ran(rows: Int, requests: Int, _ time: RunTime) {
        state.withLock { state in
            state.executionCount += 1
            state.inferenceCount += UInt64(rows)
            // Each of the requests had to wait for the whole run.
            state.computeInput.add(time.input * UInt64(requests), count: UInt64(requests))
            state.computeInfer.add(time.infer * UInt64(requests), count: UInt64(requests))
            state.computeOutput.add(time.output * UInt64(requests), count: UInt64(requests))
            state.batches[rows, default: BatchTotals()].computeInput.add(time.input)
            state.batches[rows, default: BatchTotals()].computeInfer.add(time.infer)
            state.batches[rows, default: BatchTotals()].computeOutput.add(time.output)
        }
    }

    /// Notes one request's way from arrival to answer.
    func ended(isSuccess: Bool, queued: UInt64, total: UInt64) {
        let now = WallClock.milliseconds
        state.withLock { state in
            state.queue.add(queued)
            if isSuccess {
                state.success.add(total)
                state.lastInference = now
            } else {
                state.fail.add(total)
            }
        }
    }
}
