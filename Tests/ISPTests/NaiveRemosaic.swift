import Imaging

/// `ck_remosaic.h` as it reads, one sample at a time, in double precision.
struct NaiveRemosaic {
    let width: Int
    let height: Int
    let format: PixelFormat
    let samples: [[Int]]
    let black: Double
    let white: Double
    let infrared: SIMD3<Double>

    private func color(_ y: Int, _ x: Int) -> CFAColor? { format.color(row: y & 3, column: x & 3) }

    private func isInside(_ y: Int, _ x: Int) -> Bool { (0..<height).contains(y) && (0..<width).contains(x) }

    private func plain(_ y: Int, _ x: Int) -> Double { (Double(samples[y][x]) - black) / (white - black) }

    private func light(_ y: Int, _ x: Int) -> Double {
        let value = plain(y, x)
        guard let color = color(y, x), color != .infrared, value < 1 else { return value }
        var (sum, weights) = (0.0, 0.0)
        for dy in -1...1 {
            for dx in -1...1 where isInside(y + dy, x + dx) && self.color(y + dy, x + dx) == .infrared {
                let weight = Double((2 - abs(dy)) * (2 - abs(dx)))
                sum += weight * plain(y + dy, x + dx)
                weights += weight
            }
        }
        return weights > 0 ? value - infrared[color.rawValue] * sum / weights : value
    }

    private func estimate(_ y: Int, _ x: Int, _ dy: Int, _ dx: Int) -> (value: Double, weight: Double)? {
        func nearest(_ sign: Int) -> Int? {
            (1...3).first {
                isInside(y + sign * $0 * dy, x + sign * $0 * dx)
                    && color(y + sign * $0 * dy, x + sign * $0 * dx) == .green
            }
        }
        func at(_ step: Int) -> Double { light(y + step * dy, x + step * dx) }
        switch (nearest(-1), nearest(1)) {
        case (nil, nil): return nil
        case (let a?, nil): return (at(-a), 1)
        case (nil, let b?): return (at(b), 1)
        case (let a?, let b?):
            let own = color(y, x)
            let isShort = color(y - 2 * dy, x - 2 * dx) == own && color(y + 2 * dy, x + 2 * dx) == own
            let period = isShort ? 2 : 4
            var curvature = 0.0
            if isInside(y - period * dy, x - period * dx), isInside(y + period * dy, x + period * dx) {
                curvature = 2 * at(0) - at(-period) - at(period)
            }
            let value =
                (Double(b) * at(-a) + Double(a) * at(b)) / Double(a + b)
                + Double(a * b) / Double(period * period) * curvature
            let gradient = abs(at(-a) - at(b)) + abs(curvature)
            return (value, 1 / (1e-5 + gradient * gradient))
        }
    }

    private func green(_ y: Int, _ x: Int) -> Double {
        if color(y, x) == .green { return light(y, x) }
        let estimates = [estimate(y, x, 0, 1), estimate(y, x, 1, 0)].compactMap { $0 }
        guard !estimates.isEmpty else { return light(y, x) }
        return estimates.reduce(0) { $0 + $1.value * $1.weight } / estimates.reduce(0) { $0 + $1.weight }
    }

    /// The light of `wanted` at a place: 0 black, 1 white.
    func value(_ y: Int, _ x: Int, _ wanted: CFAColor) -> Double {
        if color(y, x) == wanted { return light(y, x) }
        if wanted == .green { return green(y, x) }
        var (sum, weights) = (0.0, 0.0)
        for dy in -3...3 {
            for dx in -3...3 where isInside(y + dy, x + dx) && color(y + dy, x + dx) == wanted {
                let weight = Double((4 - abs(dy)) * (4 - abs(dx)))
                sum += weight * (light(y + dy, x + dx) - green(y + dy, x + dx))
                weights += weight
            }
        }
        return green(y, x) + (weights > 0 ? sum / weights : 0)
    }
}
