/// Exposure time and gain that bring a scene to the right brightness: centre-weighted mean of green to a target, unless the
/// highlights would then lie in the middle tones; shutter first, then gain; damped. The rules and numbers are those of
/// Raspberry Pi's tuning for its cameras (libcamera, `agc`).
struct AutoExposure: Sendable {
    private static let target = 0.16
    /// The brightest 2 % shall lie at least here.
    private static let highlightTarget = 0.5
    private static let weights: [Double] = [1, 1, 1, 1, 1, 1, 2, 4, 2, 1, 1, 1, 1, 1, 1]
    /// How far each frame goes towards its goal, after the first frames, which go all the way.
    private static let speed = 0.2
    private static let startFrames = 6

    let times: ClosedRange<Double>
    let gains: ClosedRange<Double>
    /// Exposure time times gain, seconds.
    private var product: Double?
    private var framesSeen = 0

    init(times: ClosedRange<Double>, gains: ClosedRange<Double>) {
        self.times = times
        self.gains = gains
    }

    /// - Parameters:
    ///   - statistics: of a frame.
    ///   - applied: what that frame was taken with.
    /// - Returns: the time and gain to set next.
    mutating func update(
        _ statistics: SceneStatistics, applied: ExposureSettings
    ) -> (exposureTime: Double, analogGain: Double) {
        var sum = 0.0
        var total = 0.0
        for (index, zone) in statistics.zones.enumerated() {
            // Five by three weights over all zones.
            let column = index % SceneStatistics.columns * 5 / SceneStatistics.columns
            let row = index / SceneStatistics.columns * 3 / SceneStatistics.rows
            sum += zone.y * Self.weights[row * 5 + column]
            total += Self.weights[row * 5 + column]
        }
        let brightness = sum / total
        var ratio = Self.target / max(brightness, 0.000_1)
        ratio = max(ratio, Self.highlightTarget / max(statistics.highlight, 0.000_1))
        let goal = applied.exposureTime * applied.analogGain * min(max(ratio, 0.05), 64)
        let speed = framesSeen < Self.startFrames ? 1 : Self.speed
        framesSeen += 1
        let filtered = product.map { $0 + (goal - $0) * speed } ?? goal
        let next = min(max(filtered, times.lowerBound * gains.lowerBound), times.upperBound * gains.upperBound)
        product = next
        let time = min(max(next / gains.lowerBound, times.lowerBound), times.upperBound)
        return (time, min(max(next / time, gains.lowerBound), gains.upperBound))
    }
}
