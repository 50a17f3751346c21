internal import CKernels

/// The weights that turn `sourceCount` samples along one axis into `targetCount`, exact to the bit.
///
/// Area (reducing): sample j spans [j, j + 1), target i spans [i·n/m, (i + 1)·n/m). With c(j) the part of target i's span that
/// lies before j + 1, the weight of j is ⌊(c(j)·2¹⁵·m + n/2) / n⌋ minus the same of j − 1: the rounded cumulative sum, so weights
/// are never negative and sum to 2¹⁵. Bilinear: target i lies at (i + ½)·n/m − ½; the later of its two neighbours weighs the
/// fraction rounded halves up, the earlier the rest; past the edges the outermost sample stands in.
struct ResampledAxis: Sendable, Equatable {
    static let one = 1 << Int(ck_resize_weight_bits)

    /// First source sample of each target sample; `starts[i] + taps` never passes `sourceCount`.
    private(set) var starts: [UInt32] = []
    /// Source samples to each target sample; unused ones weigh 0.
    let taps: Int
    /// `taps` weights for each target sample.
    private(set) var weights: [UInt16]

    init(sourceCount n: Int, targetCount m: Int, filter: ModelManifest.Input.Filter) {
        let isArea = filter == .area && m <= n
        var spans: [(start: Int, weights: [Int])] = []
        spans.reserveCapacity(m)
        for i in 0..<m { spans.append(isArea ? Self.area(i, n, m) : Self.bilinear(i, n, m)) }
        let taps = spans.reduce(1) { max($0, $1.weights.count) }
        self.taps = taps
        weights = [UInt16](repeating: 0, count: taps * m)
        starts.reserveCapacity(m)
        for (i, span) in spans.enumerated() {
            let start = min(span.start, n - taps)
            starts.append(UInt32(start))
            let lead = span.start - start
            for (t, weight) in span.weights.enumerated() { weights[i * taps + lead + t] = UInt16(weight) }
        }
    }

    /// The same targets from samples that are numbered from the other end.
    func reversed(sourceCount n: Int) -> ResampledAxis {
        var result = self
        result.starts = starts.map { UInt32(n - taps) - $0 }
        for i in starts.indices {
            result.weights.replaceSubrange(
                i * taps..<(i + 1) * taps, with: weights[i * taps..<(i + 1) * taps].reversed())
        }
        return result
    }

    private static func area(_ i: Int, _ n: Int, _ m: Int) -> (start: Int, weights: [Int]) {
        // In units of 1/m of a sample the span is [i·n, (i + 1)·n) and sample j is [j·m, (j + 1)·m).
        let begin = i * n
        let end = begin + n
        let first = begin / m
        var weights: [Int] = []
        var before = 0
        var j = first
        while j * m < end {
            let covered = min(end, (j + 1) * m) - begin
            let cumulative = (covered * one + n / 2) / n
            weights.append(cumulative - before)
            before = cumulative
            j += 1
        }
        return (first, weights)
    }

    private static func bilinear(_ i: Int, _ n: Int, _ m: Int) -> (start: Int, weights: [Int]) {
        // The position in units of 1/(2m) of a sample.
        let position = (2 * i + 1) * n - m
        if position <= 0 { return (0, [one]) }
        let first = position / (2 * m)
        if first >= n - 1 { return (n - 1, [one]) }
        let later = ((position - first * 2 * m) * one + m) / (2 * m)
        return (first, [one - later, later])
    }
}
