internal import Codecs
internal import Dispatch
internal import Synchronization

/// How many pixels of decoded frames may be in memory at once, over all compute threads.
///
/// A frame of `n` pixels costs up to about ten times `n` bytes on its way: samples, the developed picture, a copy that
/// was turned upright, the annotated one. Frames that do not fit wait in the order in which they came.
package final class PixelBudget: Sendable {
    private struct Waiter {
        var key: Int
        var count: Int
        var wakeUp: DispatchSemaphore
    }

    private struct State {
        var used = 0
        var nextKey = 0
        var waiters: [Waiter] = []
    }

    package let limit: Int
    private let state = Mutex(State())

    package init(limit: Int) { self.limit = limit }

    /// Pixels reserved.
    package var used: Int { state.withLock { $0.used } }
    /// Frames that wait.
    package var waiting: Int { state.withLock { $0.waiters.count } }

    /// Waits on the calling thread until `count` more pixels fit and all that came before are served.
    ///
    /// - Returns: `false`, and nothing is reserved, when `count` is over the limit or `mustStop` says so.
    private func take(_ count: Int, unless mustStop: () -> Bool) -> Bool {
        guard count <= limit else { return false }
        let waiter: Waiter? = state.withLock { state in
            if state.waiters.isEmpty, count <= limit - state.used {
                state.used += count
                return nil
            }
            state.nextKey += 1
            let waiter = Waiter(key: state.nextKey, count: count, wakeUp: DispatchSemaphore(value: 0))
            state.waiters.append(waiter)
            return waiter
        }
        guard let waiter else { return true }
        while waiter.wakeUp.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
            guard mustStop() else { continue }
            let wasWaiting = state.withLock { state in
                guard let index = state.waiters.firstIndex(where: { $0.key == waiter.key }) else { return false }
                state.waiters.remove(at: index)
                admitWaiters(&state)
                return true
            }
            if wasWaiting { return false }
            break
        }
        return true
    }

    private func give(_ count: Int) {
        state.withLock { state in
            state.used -= count
            admitWaiters(&state)
        }
    }

    private func admitWaiters(_ state: inout State) {
        while let first = state.waiters.first, first.count <= limit - state.used {
            state.used += first.count
            state.waiters.removeFirst()
            first.wakeUp.signal()
        }
    }

    /// One frame's share of a budget.
    package final class Reservation: Sendable {
        private let budget: PixelBudget
        private let count = Mutex(0)

        package init(_ budget: PixelBudget) { self.budget = budget }

        /// Reserves room for a frame of `pixelCount`. A second frame of the same job, say another page of a file, that
        /// is no larger shares the first one's room.
        ///
        /// - Returns: `false` when the frame is larger than the whole budget, or `mustStop` ended the wait.
        package func take(_ pixelCount: Int, unless mustStop: () -> Bool) -> Bool {
            let held = count.withLock { $0 }
            guard pixelCount > held else { return true }
            // Waiting for more while holding some could wait for itself.
            release()
            guard budget.take(pixelCount, unless: mustStop) else { return false }
            count.withLock { $0 = pixelCount }
            return true
        }

        package func release() {
            let held = count.withLock { count in
                defer { count = 0 }
                return count
            }
            if held > 0 { budget.give(held) }
        }

        deinit { release() }
    }
}

extension DecodeLimits {
    /// These limits, and room for the decoded pixels taken from a budget before they are made. Waits for room until
    /// `mustStop` says so.
    func admitting(
        _ reservation: PixelBudget.Reservation, of budget: PixelBudget, unless mustStop: @escaping @Sendable () -> Bool
    ) -> DecodeLimits {
        var limits = self
        limits.admit = { (pixelCount) throws(CodecError) in
            guard reservation.take(pixelCount, unless: mustStop) else {
                throw .limitExceeded(
                    format: "frame", field: "pixels in memory", limit: budget.limit, value: pixelCount)
            }
        }
        return limits
    }
}
