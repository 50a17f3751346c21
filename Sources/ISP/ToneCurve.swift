/// From linear light 0…1 to coded values 0…1.
package enum ToneCurve: Sendable, Hashable {
    /// The transfer function of sRGB (IEC 61966-2-1).
    case srgb
    case linear
    /// Coded values at linear light (i / (count − 1))², i from 0: points equally far apart in the square root, so that
    /// shadows get their share. At least 2, at most ``maximumPointCount``, each 0…1, never falling; straight between.
    case points([Double])

    package static let maximumPointCount = 4097

    /// The coded value for the square root of linear light, 0…1.
    func value(squareRoot root: Double) -> Double {
        switch self {
        case .srgb:
            let light = root * root
            if light <= 0.0031308 { return 12.92 * light }
            return 1.055 * Self.fiveSixthsPower(root) - 0.055
        case .linear:
            return root * root
        case .points(let points):
            let position = root * Double(points.count - 1)
            let index = min(points.count - 2, Int(position))
            return points[index] + (points[index + 1] - points[index]) * (position - Double(index))
        }
    }

    /// x^(5/6) of x in 0.05…1, from additions, multiplications, divisions and square roots alone, so that the tables made
    /// of it are the same on every machine; libm's `pow` is not.
    private static func fiveSixthsPower(_ x: Double) -> Double {
        let sixth = cubeRoot(x).squareRoot()
        return sixth * sixth * sixth * sixth * sixth
    }
}
