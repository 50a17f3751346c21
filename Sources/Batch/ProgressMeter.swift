/// How fast inputs are dealt with and how long the rest will take, from the last seconds.
package struct ProgressMeter: Sendable {
    private struct Sample {
        var seconds: Double
        var worked: Int
    }

    /// Seconds that the rate looks back.
    private static let window = 20.0
    private var samples: [Sample] = [Sample(seconds: 0, worked: 0)]

    package init() {}

    /// - Parameters:
    ///   - seconds: since the start.
    ///   - totals: what became of the inputs so far; skipped ones cost nothing and do not count as work.
    package mutating func note(seconds: Double, totals: BatchTotals) {
        samples.append(Sample(seconds: seconds, worked: totals.answered + totals.failed))
        while samples.count > 2 && seconds - samples[1].seconds > Self.window { samples.removeFirst() }
    }

    /// Inputs a second; `nil` before anything has been done.
    package var rate: Double? {
        guard let first = samples.first, let last = samples.last, last.seconds > first.seconds,
            last.worked > first.worked
        else { return nil }
        return Double(last.worked - first.worked) / (last.seconds - first.seconds)
    }

    /// Seconds until the end, when it is known how many inputs there are.
    package func remaining(_ totals: BatchTotals) -> Double? {
        guard let rate, let expected = totals.expected else { return nil }
        return Double(max(0, expected - totals.inputs)) / rate
    }
}
