internal import CKernels
package import Imaging
internal import Tensors

/// What a frame's samples say of the camera and its setting, apart from the picture: for exposure loops, and for whoever watches
/// the health of cameras. Figures are of all samples of the rows looked at, before any of them is mended.
package struct MosaicStatistics: Sendable, Equatable {
    package static let bins = 64

    /// Samples in each of ``bins`` equal pieces from black to white; those beyond count to the first and last piece. Red, green and
    /// blue, or one for a monochrome frame.
    package var histograms: [[Int]]
    /// Mean above black at the four sites of the 2×2 block in reading order, as a share of black to white.
    package var siteMeans: [Double]
    /// Share of samples at white or above.
    package var clippedShare: Double
    /// Share of samples below 2 % of black to white.
    package var darkShare: Double
    /// Root mean square of the difference of neighbouring greens of one kind, over the mean green; what noise adds to it on
    /// average is taken off. It falls when the picture blurs.
    package var sharpness: Double
    /// The sample value below which 0.1 % of the samples lie, above black, on average over the sites, less what the noise model
    /// expects there of a frame in the dark: 0 where black level and dark parts of the scene agree. Below 0 the black level is set
    /// too high; above 0 it is too low or nothing in the scene is dark.
    package var blackLevelDrift: Double
    /// Samples, of a million, that stick out of their surroundings as defects do; see ``DefectCorrection``.
    package var defectsPerMillion: Double

    /// - Parameters:
    ///   - parameters: of the frame: levels and noise model.
    ///   - interval: looks at two rows (one block) of every so many blocks.
    package init(_ frame: RawFrame, parameters: DevelopParameters, interval: Int = 1) {
        precondition(interval >= 1)
        var counts = SiteCounts(frame)
        var gradient = GreenGradient(frame)
        let defects = parameters.defects.threshold > 0 ? parameters.defects.threshold : 6
        var looking = parameters
        looking.defects = DefectCorrection(threshold: defects)
        looking.denoise = 0
        let rows = MosaicCleaning(looking, frame: frame).map { MosaicRows(frame: frame, cleaning: $0) }
        let buffer = ByteStorage(byteCount: 2 * (frame.width + 64))
        let samples = buffer.base.assumingMemoryBound(to: UInt16.self)
        var rowCount = 0
        for block in stride(from: 0, to: max(1, frame.height / 2), by: interval) {
            for y in 2 * block..<min(frame.height, 2 * block + 2) {
                frame.unpackRow(y, into: samples)
                counts.add(samples, row: y)
                gradient.add(samples, row: y)
                _ = rows?.row(y)
                rowCount += 1
            }
        }
        let (black, white) = (parameters.blackLevel, parameters.whiteLevel)
        siteMeans = (0..<4).map { (counts.mean($0) - black[$0]) / (white - black[$0]) }
        let total = Double(max(1, rowCount * frame.width))
        clippedShare = Double((0..<4).reduce(0) { $0 + counts.count($1, from: white) }) / total
        darkShare =
            1 - Double((0..<4).reduce(0) { $0 + counts.count($1, from: black[$1] + 0.02 * (white - black[$1])) })
            / total
        // A normal distribution has 0.1 % below mean − 3.09 standard deviations.
        let sites = (0..<4).filter { counts.total($0) > 0 }
        blackLevelDrift =
            sites.reduce(0.0) { $0 + counts.quantile($1, share: 0.001) - black[$1] } / Double(max(1, sites.count))
            + 3.09 * (parameters.noise.readNoise * parameters.noise.readNoise + 1.0 / 12).squareRoot()
        defectsPerMillion = Double(rows?.defectCount ?? 0) / total * 1e6
        sharpness = gradient.sharpness(parameters)
        let colors = frame.pixelFormat.cfa.map { cfa in
            (0..<4).map { cfa.color(row: $0 / 2, column: $0 % 2).rawValue }
        }
        histograms = (0..<(colors == nil ? 1 : 3)).map { color in
            var bins = [Int](repeating: 0, count: Self.bins)
            for site in 0..<4 where colors == nil || colors?[site] == color {
                counts.add(site, black: black[site], white: white, to: &bins)
            }
            return bins
        }
    }
}

/// How often each sample value occurs at each site of the 2×2 block.
private struct SiteCounts {
    private let values: Int
    private let width: Int
    private var counts: [UInt32]

    init(_ frame: RawFrame) {
        values = 1 << frame.pixelFormat.bitDepth
        width = frame.width
        counts = Array(repeating: 0, count: 4 * values)
    }

    mutating func add(_ samples: UnsafePointer<UInt16>, row: Int) {
        let (values, width) = (values, width)
        counts.withUnsafeMutableBufferPointer { counts in
            let even = (row & 1) * 2 * values
            for x in 0..<width {
                // Unused upper bits of a sample may be set.
                counts[even + (x & 1) * values + Int(samples[x]) & (values - 1)] &+= 1
            }
        }
    }

    private func counts(_ site: Int) -> ArraySlice<UInt32> { counts[site * values..<(site + 1) * values] }

    func total(_ site: Int) -> Int { counts(site).reduce(0) { $0 + Int($1) } }

    func mean(_ site: Int) -> Double {
        let sum = counts(site).enumerated().reduce(0) { $0 + $1.offset * Int($1.element) }
        return Double(sum) / Double(max(1, total(site)))
    }

    /// Samples at `level` or above.
    func count(_ site: Int, from level: Double) -> Int {
        let first = max(0, Int(level.rounded(.up)))
        return counts(site).dropFirst(first).reduce(0) { $0 + Int($1) }
    }

    /// The least value at or below which lies this share of the samples.
    func quantile(_ site: Int, share: Double) -> Double {
        var left = Int((Double(total(site)) * share).rounded(.up))
        for (value, count) in counts(site).enumerated() {
            left -= Int(count)
            if left <= 0 { return Double(value) }
        }
        return 0
    }

    func add(_ site: Int, black: Double, white: Double, to bins: inout [Int]) {
        let scale = Double(bins.count) / (white - black)
        for (value, count) in counts(site).enumerated() where count > 0 {
            let bin = Int(((Double(value) - black) * scale).rounded(.down))
            bins[min(max(bin, 0), bins.count - 1)] += Int(count)
        }
    }
}

/// Differences along rows of samples of one kind of green, or of a monochrome frame.
private struct GreenGradient {
    private let cfa: CFAPattern?
    private let width: Int
    private var squares = 0.0
    private var sums = SIMD4<Double>.zero
    private var pairs = SIMD4<Double>.zero

    init(_ frame: RawFrame) {
        cfa = frame.pixelFormat.cfa
        width = frame.width
    }

    mutating func add(_ samples: UnsafePointer<UInt16>, row: Int) {
        let step = cfa == nil ? 1 : 2
        let first = cfa.map { $0.color(row: row, column: 0) == .green ? 0 : 1 } ?? 0
        guard first + step < width else { return }
        var (sum, square, count) = (0, 0, 0)
        for x in stride(from: first, to: width - step, by: step) {
            let difference = Int(samples[x + step]) - Int(samples[x])
            square += difference * difference
            sum += Int(samples[x])
            count += 1
        }
        let site = 2 * (row & 1) + first
        squares += Double(square)
        sums[site] += Double(sum)
        pairs[site] += Double(count)
    }

    func sharpness(_ parameters: DevelopParameters) -> Double {
        let count = pairs.sum()
        guard count > 0 else { return 0 }
        let light = (0..<4).reduce(0.0) { $0 + sums[$1] - pairs[$1] * parameters.blackLevel[$1] } / count
        guard light > 0 else { return 0 }
        // The difference of two samples scatters by twice the variance of one.
        let noise =
            2 * (parameters.noise.gain * light + parameters.noise.readNoise * parameters.noise.readNoise + 1.0 / 12)
        return max(0, squares / count - noise).squareRoot() / light
    }
}
