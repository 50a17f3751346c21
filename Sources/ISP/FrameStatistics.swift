package import Imaging
internal import Tensors

/// Means over the mid-tones of a Bayer frame, from a grid of its 2×2 blocks.
package struct FrameStatistics: Sendable, Equatable {
    /// Mean red, green and blue, 0…1 of the range from black to white.
    package var means: SIMD3<Double>
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

        let low = (0..<4).map { blackLevel[$0] + 0.02 * (whiteLevel - blackLevel[$0]) }
        let high = (0..<4).map { blackLevel[$0] + 0.95 * (whiteLevel - blackLevel[$0]) }
        // Whole numbers compare alike with the bounds rounded inwards.
        let bounds = (0..<4).map { (Int(low[$0].rounded(.up)), Int(high[$0].rounded(.down))) }
        let upper = ByteStorage(byteCount: 2 * frame.width)
        let lower = ByteStorage(byteCount: 2 * frame.width)
        let top = upper.base.assumingMemoryBound(to: UInt16.self)
        let bottom = lower.base.assumingMemoryBound(to: UInt16.self)
        var sums = (0, 0, 0, 0)
        var count = 0
        for row in stride(from: 0, to: rows, by: step) {
            frame.unpackRow(2 * row, into: top)
            frame.unpackRow(2 * row + 1, into: bottom)
            for column in stride(from: 0, to: columns, by: step) {
                let a = Int(top[2 * column])
                let b = Int(top[2 * column + 1])
                let c = Int(bottom[2 * column])
                let d = Int(bottom[2 * column + 1])
                guard a >= bounds[0].0, a <= bounds[0].1, b >= bounds[1].0, b <= bounds[1].1,
                    c >= bounds[2].0, c <= bounds[2].1, d >= bounds[3].0, d <= bounds[3].1
                else { continue }
                sums.0 += a
                sums.1 += b
                sums.2 += c
                sums.3 += d
                count += 1
            }
        }
        means = .zero
        blockCount = count
        guard count > 0 else { return }
        for (site, sum) in [sums.0, sums.1, sums.2, sums.3].enumerated() {
            let mean = (Double(sum) / Double(count) - blackLevel[site]) / (whiteLevel - blackLevel[site])
            let color = cfa.color(row: site / 2, column: site % 2)
            means[color.rawValue] += color == .green ? mean / 2 : mean
        }
    }

    /// Gains on red, green and blue that make the mean grey, each within 1/4…4; 1 when nothing counted.
    package var greyWorldGains: SIMD3<Double> {
        guard blockCount > 0 else { return SIMD3(1, 1, 1) }
        func gain(_ mean: Double) -> Double { min(4, max(0.25, means.y / mean)) }
        return SIMD3(gain(means.x), 1, gain(means.z))
    }
}
