internal import Glibc

/// Milliseconds by stage of one frame.
struct StageClock: Sendable {
    private(set) var milliseconds: [String: Double] = [:]
    private let start: UInt64

    init(startedAt start: UInt64 = StageClock.now()) { self.start = start }

    /// Nanoseconds on the monotonic clock.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    mutating func measure<Result, Failure>(
        _ stage: String, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = Self.now()
        defer { record(stage, nanoseconds: Self.now() - before) }
        return try body()
    }

    mutating func record(_ stage: String, nanoseconds: UInt64) {
        milliseconds[stage, default: 0] += Double(nanoseconds) / 1e6
    }

    /// Adds what another clock measured.
    mutating func add(_ other: StageClock) {
        milliseconds.merge(other.milliseconds) { $0 + $1 }
    }

    mutating func finish() { record("total", nanoseconds: Self.now() - start) }
}
