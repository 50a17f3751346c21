import FoundationEssentials
import HTTPTypes
import Synchronization

/// How much each caller has used: a bucket of tokens that fills at its rate, and a count that begins anew at midnight UTC.
///
/// Counts live in memory: a restart begins them anew.
final class Usage: Sendable {
    private struct Bucket {
        var tokens: Double
        var filledAt: ContinuousClock.Instant
    }

    private struct State {
        var buckets: [String: Bucket] = [:]
        /// Days since 1970 that ``counts`` are of.
        var day = 0
        var counts: [String: Int] = [:]
    }

    private let state = Mutex(State())

    /// Callers remembered; beyond that, those who have not called for longest are forgotten, whose buckets are full again.
    private static let capacity = 10_000
    private static let secondsPerDay = 86_400.0

    /// - Throws: 429 with the time to wait.
    func count(_ caller: Caller, now: ContinuousClock.Instant = .now, date: Date = Date()) throws(Problem) {
        if let perSecond = caller.perSecond, let wait = wait(caller.name, perSecond: perSecond, now: now) {
            throw Problem(
                .tooManyRequests, "rate", "the \(caller.kind) '\(caller.id)' may send \(perSecond) requests a second",
                retryAfter: wait)
        }
        if let perDay = caller.perDay, let wait = wait(caller.name, perDay: perDay, date: date) {
            throw Problem(
                .tooManyRequests, "quota", "the \(caller.kind) '\(caller.id)' may send \(perDay) requests a day",
                limit: perDay, retryAfter: wait)
        }
    }

    /// Requests since midnight UTC of one who has a quota.
    func countedToday(_ name: String, date: Date = Date()) -> Int {
        let day = Int((date.timeIntervalSince1970 / Self.secondsPerDay).rounded(.down))
        return state.withLock { $0.day == day ? $0.counts[name, default: 0] : 0 }
    }

    /// Takes a token from the bucket, which holds one second's worth; seconds to wait when it is empty.
    private func wait(_ name: String, perSecond: Double, now: ContinuousClock.Instant) -> Int? {
        let capacity = max(1, perSecond)
        return state.withLock { state in
            var bucket = state.buckets[name] ?? Bucket(tokens: capacity, filledAt: now)
            bucket.tokens = min(capacity, bucket.tokens + bucket.filledAt.duration(to: now) / .seconds(1) * perSecond)
            bucket.filledAt = now
            defer {
                state.buckets[name] = bucket
                if state.buckets.count > Self.capacity { Self.forgetOldest(in: &state.buckets) }
            }
            guard bucket.tokens < 1 else {
                bucket.tokens -= 1
                return nil
            }
            return max(1, Int(((1 - bucket.tokens) / perSecond).rounded(.up)))
        }
    }

    private static func forgetOldest(in buckets: inout [String: Bucket]) {
        let oldest = buckets.sorted { $0.value.filledAt < $1.value.filledAt }.prefix(capacity / 10)
        for (name, _) in oldest { buckets[name] = nil }
    }

    /// Counts a request of the day; seconds to midnight when there have been enough.
    private func wait(_ name: String, perDay: Int, date: Date) -> Int? {
        let seconds = date.timeIntervalSince1970
        let day = Int((seconds / Self.secondsPerDay).rounded(.down))
        return state.withLock { state in
            if state.day != day {
                state.day = day
                state.counts = [:]
            }
            guard state.counts[name, default: 0] < perDay else {
                return max(1, Int((Double(day + 1) * Self.secondsPerDay - seconds).rounded(.up)))
            }
            state.counts[name, default: 0] += 1
            return nil
        }
    }
}
