internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// How the range of an activation is chosen from what was seen of it.
package enum RangeObserver: String, Sendable, CaseIterable {
    /// Everything that was seen.
    case minmax
    /// All but one number in ten thousand, half of them at each end.
    case percentile
    /// The range whose rounding and cutting off make the least mean squared error.
    case mse
    /// The range whose 256 levels lose the least information: least Kullback-Leibler divergence of the distribution
    /// over levels from that which was seen (S. Migacz, 8-bit inference with TensorRT, GTC 2017), here for ranges of
    /// unequal ends, which shrink together.
    case entropy

    /// Least and greatest number of the range.
    ///
    /// - Parameter curve: the value of the function that alone reads the activation, at the middle of each bin: then `mse` counts
    ///   the error behind it. SiLU, for one, makes nearly nothing of all numbers below −8.
    package func range(of histogram: Histogram, through curve: [Float]? = nil) -> (low: Float, high: Float) {
        guard histogram.high > histogram.low, histogram.total > 0 else { return (histogram.low, histogram.high) }
        switch self {
        case .minmax: return (histogram.low, histogram.high)
        case .percentile: return Self.percentile(histogram, outside: 1e-4)
        case .mse: return Self.leastError(histogram, curve)
        case .entropy: return Self.leastDivergence(histogram)
        }
    }

    private static func percentile(_ histogram: Histogram, outside: Double) -> (low: Float, high: Float) {
        let allowed = Int(Double(histogram.total) * outside / 2)
        func binsToDrop(_ counts: some Sequence<Int>) -> Int {
            var sum = 0
            var bins = 0
            for count in counts {
                sum += count
                if sum > allowed { break }
                bins += 1
            }
            return bins
        }
        let (below, above) = (binsToDrop(histogram.counts), binsToDrop(histogram.counts.reversed()))
        return (
            histogram.low + Float(below) * histogram.binWidth, histogram.high - Float(above) * histogram.binWidth
        )
    }

    /// Ends in parts of what was seen, each tried while the other is held, twice.
    private static func leastError(_ histogram: Histogram, _ curve: [Float]?) -> (low: Float, high: Float) {
        let parts = (0...60).map { 1 - Float($0) / 64 }
        var best = (low: histogram.low, high: histogram.high)
        var least = squaredError(histogram, curve, best.low, best.high)
        func attempt(_ low: Float, _ high: Float) {
            let error = squaredError(histogram, curve, low, high)
            if error < least { (least, best) = (error, (low, high)) }
        }
        for _ in 0..<2 {
            let held = best
            for part in parts { attempt(held.low, histogram.high * part) }
            let high = best.high
            if histogram.low < 0 { for part in parts { attempt(histogram.low * part, high) } }
        }
        return best
    }

    /// Sum over the bins of the squared change that quantisation makes; within a level that is wider than a bin, the
    /// mean over the bin is taken at its middle.
    private static func squaredError(
        _ histogram: Histogram, _ curve: [Float]?, _ low: Float, _ high: Float
    ) -> Double {
        let scale = AffineScale(low: low, high: high)
        let last = Float(Histogram.binCount - 1)
        var error = 0.0
        for (bin, count) in histogram.counts.enumerated() where count > 0 {
            let center = histogram.center(bin)
            let rounded = scale.rounded(center)
            var change = Double(center - rounded)
            if let curve {
                let place = min(max((rounded - histogram.low) / histogram.binWidth - 0.5, 0), last)
                let below = min(Int(place), Histogram.binCount - 2)
                let part = place - Float(below)
                change = Double(curve[bin] - (curve[below] + (curve[below + 1] - curve[below]) * part))
            }
            error += Double(count) * change * change
        }
        return error
    }

    private static func leastDivergence(_ histogram: Histogram) -> (low: Float, high: Float) {
        var best = (low: histogram.low, high: histogram.high)
        var least = Double.infinity
        for step in 0..<96 {
            let part = 1 - Float(step) / 100
            let (low, high) = (histogram.low * part, histogram.high * part)
            let divergence = divergence(histogram, low, high)
            if divergence < least { (least, best) = (divergence, (low, high)) }
        }
        return best
    }

    private static func divergence(_ histogram: Histogram, _ low: Float, _ high: Float) -> Double {
        let scale = AffineScale(low: low, high: high)
        let count = Histogram.binCount
        // What lies outside is counted at the range's ends by the reference, and not at all by the candidate.
        var reference = [Double](repeating: 0, count: count)
        var levels = [Double](repeating: 0, count: 256)
        var occupied = [Int](repeating: 0, count: 256)
        var levelOfBin = [Int](repeating: -1, count: count)
        let inside = histogram.counts.indices.filter {
            (scale.low - scale.scale / 2...scale.high + scale.scale / 2).contains(histogram.center($0))
        }
        guard let first = inside.first, let last = inside.last else { return .infinity }
        for (bin, seen) in histogram.counts.enumerated() { reference[min(max(bin, first), last)] += Double(seen) }
        for bin in first...last {
            let value = (scale.rounded(histogram.center(bin)) / scale.scale).rounded() + Float(scale.zeroPoint)
            let level = min(max(Int(value), 0), 255)
            levelOfBin[bin] = level
            levels[level] += Double(histogram.counts[bin])
            if reference[bin] > 0 { occupied[level] += 1 }
        }
        let (total, kept) = (reference.reduce(0, +), levels.reduce(0, +))
        guard total > 0, kept > 0 else { return .infinity }
        var sum = 0.0
        for bin in first...last where reference[bin] > 0 {
            let level = levelOfBin[bin]
            let p = reference[bin] / total
            let q = levels[level] / Double(max(occupied[level], 1)) / kept
            sum += p * log(p / max(q, 1e-12))
        }
        return sum
    }
}
