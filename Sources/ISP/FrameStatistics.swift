package import Imaging
internal import Tensors

/// Means over the mid-tones of a Bayer frame, from a grid of its 2×2 blocks.
package struct FrameStatistics: Sendable, Equatable {
    /// Mean red, green and blue, 0…1 of the range from black to white.
    package var means: SIMD3<Double>
    /// The sixth root of the mean sixth power of each.
    package var sixthPowerMeans: SIMD3<Double>
    /// Mean green of red rows over that of blue rows, within 0.8…1.25; 1 when nothing counted.
    package var greenRatio: Double
    /// Blocks that counted.
    package var blockCount: Int

    /// Counts blocks whose four samples all lie in 2…95 % of the range: darker ones are noise, brighter ones clipped.
    ///
    /// Rows and columns of blocks are skipped evenly so that about 65,000 blocks are looked at, whatever the size.
    package init(_ frame: RawFrame, cfa: CFAPattern, blackLevel: [Double], whiteLevel: Double) {
        let rows = frame.height / 2
        let columns = frame.width / 2
        var step = 1
        while (rows / step) * (columns / step) > 90_000 { step += 1 }

        // Whole numbers compare alike with the bounds rounded inwards.
        var floor = SIMD4<Int>.zero
        var ceiling = SIMD4<Int>.zero
        for site in 0..<4 {
            let range = whiteLevel - blackLevel[site]
            floor[site] = Int((blackLevel[site] + 0.02 * range).rounded(.up))
            ceiling[site] = Int((blackLevel[site] + 0.95 * range).rounded(.down))
        }
        let upper = ByteStorage(byteCount: 2 * frame.width)
        let lower = ByteStorage(byteCount: 2 * frame.width)
        let top = upper.base.assumingMemoryBound(to: UInt16.self)
        let bottom = lower.base.assumingMemoryBound(to: UInt16.self)
        // Sites in reading order: blue lies across from red, the greens are the other two.
        let red = 2 * cfa.redSite.row + cfa.redSite.column
        let blue = 3 - red
        let greens = red == 0 || red == 3 ? (1, 2) : (0, 3)
        func scaled(_ sample: Int, _ site: Int) -> Double {
            (Double(sample) - blackLevel[site]) / (whiteLevel - blackLevel[site])
        }
        var sums = SIMD3<Double>.zero
        var powers = SIMD3<Double>.zero
        var greenSums = SIMD2<Double>.zero
        var count = 0
        for row in stride(from: 0, to: rows, by: step) {
            frame.unpackRow(2 * row, into: top)
            frame.unpackRow(2 * row + 1, into: bottom)
            for column in stride(from: 0, to: columns, by: step) {
                let block = SIMD4(
                    Int(top[2 * column]), Int(top[2 * column + 1]), Int(bottom[2 * column]),
                    Int(bottom[2 * column + 1]))
                guard all(block .>= floor .& block .<= ceiling) else { continue }
                let green = SIMD2(scaled(block[greens.0], greens.0), scaled(block[greens.1], greens.1))
                let color = SIMD3(
                    scaled(block[red], red),
                    (green.x + green.y) / 2,
                    scaled(block[blue], blue))
                let cube = color * color * color
                sums += color
                greenSums += green
                powers += cube * cube
                count += 1
            }
        }
        blockCount = count
        // The first of the two lies in the upper row.
        let ratio = cfa.redSite.row == 0 ? greenSums.x / greenSums.y : greenSums.y / greenSums.x
        greenRatio = count > 0 ? min(1.25, max(0.8, ratio)) : 1
        means = sums / Double(max(1, count))
        let powerMeans = powers / Double(max(1, count))
        sixthPowerMeans = SIMD3(
            cubeRoot(powerMeans.x).squareRoot(), cubeRoot(powerMeans.y).squareRoot(),
            cubeRoot(powerMeans.z).squareRoot())
    }

    /// Gains on red, green and blue that make the mean grey, each within 1/4…4; 1 when nothing counted.
    package var greyWorldGains: SIMD3<Double> { gains(for: means) }

    /// The same for the mean with exponent 6.
    package var shadesOfGreyGains: SIMD3<Double> { gains(for: sixthPowerMeans) }

    private func gains(for means: SIMD3<Double>) -> SIMD3<Double> {
        guard blockCount > 0 else { return SIMD3(1, 1, 1) }
        func gain(_ mean: Double) -> Double { min(4, max(0.25, means.y / mean)) }
        return SIMD3(gain(means.x), 1, gain(means.z))
    }
}
