/// The colour temperature of the light, estimated as that point of the sensor's white points at which most zones look
/// grey, and followed slowly.
struct AutoWhiteBalance: Sendable {
    /// Zones darker or brighter than this say nothing about the light.
    private static let usable = 0.02...0.95
    /// Squared distance in (R/G, B/G) past which a zone counts as coloured and not as grey.
    private static let cap = 0.02
    private static let speed = 0.1
    private static let step = 50.0

    private let candidates: [(temperature: Double, ratio: SIMD2<Double>)]
    private(set) var temperature: Double
    private var hasEstimate = false

    init(_ sheet: SensorDataSheet) {
        let points = sheet.whitePoints
        let low = points.first?.temperature ?? 5000
        let high = points.last?.temperature ?? 5000
        candidates = stride(from: low, through: high, by: Self.step).map { temperature in
            let gains = sheet.whiteBalanceGains(temperature: temperature)
            return (temperature, SIMD2(1 / gains.x, 1 / gains.z))
        }
        temperature = min(max(5000, low), high)
    }

    mutating func update(_ statistics: SceneStatistics) {
        let ratios = statistics.zones.filter { Self.usable.contains($0.y) && $0.max() < 0.98 }
            .map { SIMD2($0.x / $0.y, $0.z / $0.y) }
        guard !ratios.isEmpty else { return }
        var best = (cost: Double.infinity, temperature: temperature)
        for candidate in candidates {
            let cost = ratios.reduce(0.0) { sum, ratio in
                let distance = ratio - candidate.ratio
                return sum + min((distance * distance).sum(), Self.cap)
            }
            if cost < best.cost { best = (cost, candidate.temperature) }
        }
        temperature += (best.temperature - temperature) * (hasEstimate ? Self.speed : 1)
        hasEstimate = true
    }
}
