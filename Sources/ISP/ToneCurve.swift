/// From linear light 0…1 to coded values 0…1.
package enum ToneCurve: Sendable, Hashable {
    /// The transfer function of sRGB (IEC 61966-2-1).
    case srgb
    case linear
    /// Coded values at linear light (i / (count − 1))², i from 0: points equally far apart in the square root, so that
    /// shadows get their share. At least 2, at most ``maximumPointCount``, each 0…1, never falling; straight between.
    case points([Double])

    /// Highlights rolled off as film does: Hable's curve (*Uncharted 2: HDR lighting*, GDC 2010) over light of 0…`white`, on its
    /// scale, then ``srgb``. The larger `white`, 1…16, the brighter the middle and the more highlights are pressed together.
    case filmic(white: Double)

    package static let maximumPointCount = 4097

    /// The coded value for the square root of linear light, 0…1.
    func value(squareRoot root: Double) -> Double {
        switch self {
        case .srgb:
            return Self.coded(squareRoot: root)
        case .filmic(let white):
            let light = Self.shoulder(white * root * root) / Self.shoulder(white)
            return Self.coded(squareRoot: max(0, light).squareRoot())
        case .linear:
            return root * root
        case .points(let points):
            let position = root * Double(points.count - 1)
            let index = min(points.count - 2, Int(position))
            return points[index] + (points[index + 1] - points[index]) * (position - Double(index))
        }
    }

    /// sRGB's own curve.
    private static func coded(squareRoot root: Double) -> Double {
        let light = root * root
        if light <= 0.0031308 { return 12.92 * light }
        return 1.055 * fiveSixthsPower(root) - 0.055
    }

    /// Hable's curve with his values for shoulder, toe and line: 0 at 0.
    private static func shoulder(_ x: Double) -> Double {
        (x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.5) + 0.06) - 0.02 / 0.3
    }

    static let filmicRange = 1.0...16.0

    /// x^(5/6) of x in 0.05…1, from additions, multiplications, divisions and square roots alone, so that the tables made
    /// of it are the same on every machine; libm's `pow` is not.
    private static func fiveSixthsPower(_ x: Double) -> Double {
        let sixth = cubeRoot(x).squareRoot()
        return sixth * sixth * sixth * sixth * sixth
    }
}
