import Imaging

/// What a camera's loops measure of a frame: shares of what saturates the sensor, after black level, 0…1.
struct SceneStatistics: Sendable, Equatable {
    static let columns = 15
    static let rows = 9
    static let bins = 64

    /// Mean red, green and blue of each zone, row by row.
    var zones: [SIMD3<Double>]
    /// How many green samples lie in each of `bins` equal pieces of 0…1.
    var histogram: [Int]

    /// The mean of the brightest 2 % of green.
    var highlight: Double {
        let total = histogram.reduce(0, +)
        var wanted = max(1, total / 50)
        let all = wanted
        var sum = 0.0
        for (bin, count) in histogram.enumerated().reversed() {
            let taken = min(wanted, count)
            sum += Double(taken) * (Double(bin) + 0.5) / Double(histogram.count)
            wanted -= taken
        }
        return total == 0 ? 0 : sum / Double(all)
    }
}

extension EmulatedSensor {
    /// Measures blocks of pixels, four or more to a zone each way, as `exposure` would show it: expected values clipped where the read-out clips.
    /// A real loop sees the same with the noise of a mean over many thousand samples, which is next to nothing; without it
    /// the exposure of frame k does not depend on whether frames before it were made.
    func statistics(of scene: PreparedScene, _ exposure: ExposureSettings) -> SceneStatistics {
        let readOut = ReadOut(self, scene, exposure)
        let limit = Float(saturation(analogGain: applied(exposure).analogGain))
        let scale = readOut.lightScale / limit
        let zoneCount = SceneStatistics.columns * SceneStatistics.rows
        var sums = [SIMD4<Double>](repeating: .zero, count: zoneCount)
        var histogram = [Int](repeating: 0, count: SceneStatistics.bins)
        let block = mode.pixelFormat.arrangement == .bayer ? 2 : 4
        let sites = Sites(mode.pixelFormat, block: block)
        let step = max(
            block,
            min(mode.width / (4 * SceneStatistics.columns), mode.height / (4 * SceneStatistics.rows)) / block * block)
        for row in stride(from: 0, to: mode.height - block + 1, by: step) {
            let lines = (0..<block).map { scene.row(row + $0) }
            for column in stride(from: 0, to: mode.width - block + 1, by: step) {
                func share(_ site: Site) -> Float { min(lines[site.row][column + site.column] * scale, 1) }
                let green = (share(sites.greens.0) + share(sites.greens.1)) / 2
                let color = SIMD4(Double(share(sites.red)), Double(green), Double(share(sites.blue)), 1)
                let zone =
                    row * SceneStatistics.rows / mode.height * SceneStatistics.columns
                    + column * SceneStatistics.columns / mode.width
                sums[zone] += color
                histogram[min(SceneStatistics.bins - 1, Int(green * Float(SceneStatistics.bins)))] += 1
            }
        }
        return SceneStatistics(
            zones: sums.map { $0.w > 0 ? SIMD3($0.x, $0.y, $0.z) / $0.w : .zero }, histogram: histogram)
    }
}

private struct Site {
    var row: Int
    var column: Int
}

/// A red, a blue and two green samples of a mosaic's block; of a monochrome one as of an RGGB mosaic.
private struct Sites {
    var red: Site
    var greens: (Site, Site)
    var blue: Site

    init(_ format: PixelFormat, block: Int) {
        var mosaic = format
        if format.cfa == nil { mosaic.cfa = .rggb }
        func all(_ color: CFAColor) -> [Site] {
            (0..<block * block).filter { mosaic.color(row: $0 / block, column: $0 % block) == color }.map {
                Site(row: $0 / block, column: $0 % block)
            }
        }
        let green = all(.green)
        let first = Site(row: 0, column: 0)
        red = all(.red).first ?? first
        blue = all(.blue).first ?? first
        greens = (green.first ?? first, green.last ?? first)
    }
}
