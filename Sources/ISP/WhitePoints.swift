/// What a sensor sees of white objects under daylight and lamps: shares of red and blue to green by colour temperature, straight
/// between its points.
struct WhitePoints {
    struct Point {
        var temperature: Double
        /// R/G and B/G.
        var ratio: SIMD2<Double>
    }

    /// In rising order of temperature.
    let points: [Point]

    /// The curve of the Raspberry Pi tuning file of the IMX500.
    static let imx500 = WhitePoints(points: [
        Point(temperature: 2800, ratio: SIMD2(0.713, 0.357)), Point(temperature: 3580, ratio: SIMD2(0.567, 0.509)),
        Point(temperature: 4500, ratio: SIMD2(0.479, 0.598)), Point(temperature: 5717, ratio: SIMD2(0.412, 0.665)),
        Point(temperature: 7600, ratio: SIMD2(0.361, 0.714)),
    ])

    /// Gains under light of this temperature, kelvin, or of the curve's nearest end.
    func gains(temperature: Double) -> SIMD3<Double> {
        var ratio = points[0].ratio
        for (left, right) in zip(points, points.dropFirst()) where temperature > left.temperature {
            let position = min(1, (temperature - left.temperature) / (right.temperature - left.temperature))
            ratio = left.ratio + (right.ratio - left.ratio) * position
        }
        return Self.gains(ratio)
    }

    /// The gains of the curve's point that is nearest, in (R/G, B/G), to those.
    func gains(nearest gains: SIMD3<Double>) -> SIMD3<Double> {
        let wanted = SIMD2(gains.y / gains.x, gains.y / gains.z)
        var best = (distance: Double.infinity, ratio: points[0].ratio)
        for (left, right) in zip(points, points.dropFirst()) {
            let along = right.ratio - left.ratio
            let position = min(1, max(0, ((wanted - left.ratio) * along).sum() / (along * along).sum()))
            let ratio = left.ratio + along * position
            let off = wanted - ratio
            let distance = (off * off).sum()
            if distance < best.distance { best = (distance, ratio) }
        }
        return Self.gains(best.ratio)
    }

    private static func gains(_ ratio: SIMD2<Double>) -> SIMD3<Double> { SIMD3(1 / ratio.x, 1, 1 / ratio.y) }
}
