internal import Imaging

/// The matrix from white-balanced camera RGB to linear sRGB, as DNG 1.7 chapter 6 derives it from calibrations.
struct ColorCorrection {
    var matrix: ColorMatrix
    /// Kelvin, where the matrix depends on it.
    var temperature: Double?

    /// - Parameter gains: white balance gains; their inverses are the camera's colour for a white object.
    init(_ color: SensorColor, gains: SIMD3<Double>) {
        let neutral = SIMD3(repeating: 1) / gains
        let white = Self.white(color, neutral: neutral)
        temperature = white?.temperature
        let weight = Self.weight(color, temperature: white?.temperature)
        if let forward = Self.blend(color, weight: weight, \.cameraToXYZD50) {
            matrix = (Self.xyzD50ToSRGB * forward).rowNormalized
        } else if let white, let toCamera = Self.blend(color, weight: weight, \.xyzToCamera),
            let toXYZ = toCamera.inverse
        {
            let adapted = Self.adaptation(from: white.xyz, to: Self.whiteD50) * toXYZ * .diagonal(neutral)
            matrix = (Self.xyzD50ToSRGB * adapted).rowNormalized
        } else {
            matrix = .identity
        }
    }

    private struct White {
        var xyz: SIMD3<Double>
        var temperature: Double
    }

    /// The white that the camera sees as `neutral`. The matrix that tells depends on the temperature, which depends on
    /// the white: iterated until it stands still.
    private static func white(_ color: SensorColor, neutral: SIMD3<Double>) -> White? {
        var temperature = 5000.0
        var found: White?
        for _ in 0..<30 {
            let weight = weight(color, temperature: temperature)
            guard let toXYZ = blend(color, weight: weight, \.xyzToCamera)?.inverse else { return nil }
            let xyz = toXYZ * neutral
            let sum = xyz.x + xyz.y + xyz.z
            guard xyz.y > 0, sum > 0, let next = correlatedTemperature(x: xyz.x / sum, y: xyz.y / sum) else {
                return found
            }
            found = White(xyz: xyz / xyz.y, temperature: next)
            if abs(next - temperature) < 1 { break }
            temperature = next
        }
        return found
    }

    /// McCamy, *Correlated color temperature as an explicit function of chromaticity coordinates*, 1992. `nil` far from
    /// the Planckian locus, else within 1,000…25,000 K.
    private static func correlatedTemperature(x: Double, y: Double) -> Double? {
        guard y > 0.19 else { return nil }
        let n = (x - 0.3320) / (0.1858 - y)
        let temperature = ((449 * n + 3525) * n + 6823.3) * n + 5520.33
        return temperature.isFinite ? min(25_000, max(1_000, temperature)) : nil
    }

    /// The share of the first calibration, by the inverse of the temperature.
    private static func weight(_ color: SensorColor, temperature: Double?) -> Double {
        guard let first = color.calibrations.first, let last = color.calibrations.last,
            first.temperature < last.temperature
        else { return 1 }
        guard let temperature else { return 0 }
        let share = (1 / temperature - 1 / last.temperature) / (1 / first.temperature - 1 / last.temperature)
        return min(1, max(0, share))
    }

    private static func blend(
        _ color: SensorColor, weight: Double, _ matrix: KeyPath<SensorColor.Calibration, ColorMatrix?>
    ) -> ColorMatrix? {
        guard let first = color.calibrations.first?[keyPath: matrix] else {
            return color.calibrations.last?[keyPath: matrix]
        }
        guard let last = color.calibrations.last?[keyPath: matrix] else { return first }
        return ColorMatrix((0..<9).map { weight * first.coefficients[$0] + (1 - weight) * last.coefficients[$0] })
    }

    /// Bradford's linear chromatic adaptation.
    private static func adaptation(from source: SIMD3<Double>, to target: SIMD3<Double>) -> ColorMatrix {
        let bradford = ColorMatrix([
            0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296,
        ])
        guard let inverse = bradford.inverse else { return .identity }
        return inverse * .diagonal((bradford * target) / (bradford * source)) * bradford
    }

    private static let whiteD50 = SIMD3(0.9642, 1, 0.8251)

    /// XYZ relative to D50 → linear sRGB, Bradford adaptation included.
    private static let xyzD50ToSRGB = ColorMatrix([
        3.1338561, -1.6168667, -0.4906146, -0.9787684, 1.9161415, 0.0334540, 0.0719453, -0.2289914, 1.4052427,
    ])
}
