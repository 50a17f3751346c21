import Quantization
import Tensors
import TestSupport
import Testing

@Suite("Ranges of activations")
struct RangeObserverTests {
    /// Sums of twelve uniform numbers are nearly normal, with deviation 1.
    private static func normal(_ count: Int) -> [Float] {
        var random = SplitMix64(seed: 7)
        return (0..<count).map { _ in
            (0..<12).reduce(Float(-6)) { sum, _ in sum + Float(random.next() >> 40) / Float(1 << 24) }
        }
    }

    private static func histogram(_ numbers: [Float]) -> Histogram {
        var histogram = Histogram(low: numbers.min() ?? 0, high: numbers.max() ?? 0)
        numbers.withUnsafeBufferPointer { histogram.add($0) }
        return histogram
    }

    private static func squaredError(_ numbers: [Float], _ range: (low: Float, high: Float)) -> Double {
        let scale = AffineScale(low: range.low, high: range.high)
        return numbers.reduce(0.0) { sum, x in
            let change = Double(x - scale.rounded(x))
            return sum + change * change
        }
    }

    @Test("zero is exact, the ends are reached to half a level, and beyond them numbers are cut off")
    func holdsZero() {
        for (low, high) in [(-1.3, 2.1), (0, 6), (-4, -1), (3, 8), (0, 0), (-1e-30, 1e-30)] as [(Float, Float)] {
            let scale = AffineScale(low: low, high: high)
            #expect(scale.rounded(0) == 0)
            #expect(abs(scale.rounded(max(high, 0)) - max(high, 0)) <= scale.scale)
            #expect(scale.rounded(1e9) == scale.high)
            #expect(scale.rounded(-1e9) == scale.low)
        }
    }

    @Test("halves go to the even level, as QuantizeLinear takes them")
    func roundsToEven() {
        let scale = AffineScale(low: 0, high: 255)
        #expect([0.5, 1.5, 2.5, 254.5].map { scale.rounded($0) } == [0, 2, 2, 254])
    }

    @Test("everything is in the range of minmax, all but the rarest in that of percentile")
    func coversWhatItSays() {
        let numbers = Self.normal(100_000) + [40]
        let histogram = Self.histogram(numbers)
        #expect(RangeObserver.minmax.range(of: histogram).high == 40)
        let range = RangeObserver.percentile.range(of: histogram)
        #expect(range.high > 3 && range.high < 5)
        #expect(range.low < -3 && range.low > -5)
    }

    @Test("mse makes less error than the full range where one number lies far out, and no more anywhere")
    func mseIsLeast() {
        let tailed = Self.normal(20_000) + [60]
        let cut = RangeObserver.mse.range(of: Self.histogram(tailed))
        let full = RangeObserver.minmax.range(of: Self.histogram(tailed))
        #expect(Self.squaredError(tailed, cut) < Self.squaredError(tailed, full))
        let uniform = (0..<10_000).map { Float($0) / 10_000 }
        let kept = RangeObserver.mse.range(of: Self.histogram(uniform))
        #expect(kept.high > 0.97)
    }

    @Test("entropy cuts a long tail off and keeps an even distribution")
    func entropyKeepsInformation() {
        let tailed = Self.normal(20_000).map { abs($0) } + [50]
        #expect(RangeObserver.entropy.range(of: Self.histogram(tailed)).high < 25)
        let uniform = (0..<50_000).map { Float($0) / 50_000 }
        #expect(RangeObserver.entropy.range(of: Self.histogram(uniform)).high > 0.9)
    }

    @Test("one number alone is a range", arguments: RangeObserver.allCases)
    func takesConstants(_ observer: RangeObserver) {
        let range = observer.range(of: Self.histogram([Float](repeating: 2.5, count: 10)))
        let scale = AffineScale(low: range.low, high: range.high)
        #expect(abs(scale.rounded(2.5) - 2.5) <= scale.scale / 2)
    }
}
