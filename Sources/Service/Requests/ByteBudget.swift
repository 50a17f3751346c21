import Synchronization

/// How many bytes of request bodies may be in memory at once.
final class ByteBudget: Sendable {
    let limit: Int
    private let reserved = Mutex(0)

    init(limit: Int) { self.limit = limit }

    var used: Int { reserved.withLock { $0 } }

    fileprivate func take(_ count: Int) -> Bool {
        reserved.withLock { used in
            guard count <= limit - used else { return false }
            used += count
            return true
        }
    }

    fileprivate func give(_ count: Int) { reserved.withLock { $0 -= count } }

    /// Bytes taken from a budget, given back when the last reference goes.
    final class Reservation: Sendable {
        private let budget: ByteBudget
        private let count = Mutex(0)

        init(_ budget: ByteBudget) { self.budget = budget }

        /// Takes `more` bytes; `false` leaves everything as it was.
        func grow(by more: Int) -> Bool {
            guard budget.take(more) else { return false }
            count.withLock { $0 += more }
            return true
        }

        deinit { budget.give(count.withLock { $0 }) }
    }
}
