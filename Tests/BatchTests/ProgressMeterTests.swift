import Batch
import Testing

@Suite("progress")
struct ProgressMeterTests {
    @Test("the rate is that of the last seconds, and what earlier runs did is no work")
    func rate() {
        var meter = ProgressMeter()
        var totals = BatchTotals()
        totals.expected = 1000
        #expect(meter.rate == nil && meter.remaining(totals) == nil)
        totals.skipped = 500
        meter.note(seconds: 1, totals: totals)
        #expect(meter.rate == nil)
        for second in 2...100 {
            // Slow at first, then ten a second.
            totals.answered += second <= 50 ? 1 : 10
            meter.note(seconds: Double(second), totals: totals)
        }
        #expect(abs((meter.rate ?? 0) - 10) < 0.5)
        let left = 1000 - totals.inputs
        #expect(left < 0 ? meter.remaining(totals) == 0 : abs((meter.remaining(totals) ?? 0) - Double(left) / 10) < 1)
    }
}
