import Glibc
import Pipeline
import StrictJSON

/// Times of one benchmark case.
struct Measurement: Encodable {
    var name: String
    var runs: Int
    var minimumMilliseconds: Double
    var medianMilliseconds: Double
    var p90Milliseconds: Double
    /// Work done a second at the median, in `unit`.
    var rate: Double?
    var unit: String?
    var threads: Int
    var isa = FoveaBuild.isa
    var version = FoveaBuild.version

    /// Runs `body` once to warm up, then until both `runs` and `seconds` are reached.
    static func measure(
        _ name: String, threads: Int, work: Double? = nil, unit: String? = nil, runs: Int = 20, seconds: Double = 1,
        _ body: () throws -> Void
    ) rethrows -> Measurement {
        try body()
        var times: [Double] = []
        let start = milliseconds()
        while times.count < runs || milliseconds() - start < 1000 * seconds {
            let before = milliseconds()
            try body()
            times.append(milliseconds() - before)
        }
        times.sort()
        let median = times[times.count / 2]
        return Measurement(
            name: name, runs: times.count, minimumMilliseconds: times[0], medianMilliseconds: median,
            p90Milliseconds: times[min(times.count - 1, times.count * 9 / 10)],
            rate: work.map { $0 / (median / 1000) }, unit: unit, threads: threads)
    }

    func printLine() throws {
        try StandardOutput.write(line: JSONText.line(self))
    }

    /// On the monotonic clock.
    static func milliseconds() -> Double { milliseconds(of: CLOCK_MONOTONIC) }

    static func milliseconds(of clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
}
