/// Picture samples back to light, by table. The roots come from Newton's iteration in plain double arithmetic, so that a
/// scene is the same on every machine.
struct ToneInverse: Sendable {
    /// Linear light, 0…1, for each sample value from 0 to the format's maximum.
    let light: [Float]

    init(_ tone: SceneOptions.Tone, maximumSample: Int) {
        light = (0...maximumSample).map { sample in
            let value = Double(sample) / Double(maximumSample)
            return switch tone {
            case .linear: Float(value)
            case .srgb: Float(Self.decodeSRGB(value))
            case .contrast: Float(Self.decodeSRGB(Self.undoContrast(value)))
            }
        }
    }

    /// The sRGB transfer curve undone (IEC 61966-2-1).
    private static func decodeSRGB(_ value: Double) -> Double {
        if value <= 0.04045 { return value / 12.92 }
        let x = (value + 0.055) / 1.055
        // x^2.4 = x² · (x²)^(1/5)
        let square = x * x
        return square * fifthRoot(square)
    }

    /// The fifth root of `value` in 0…1. From 1 the iteration falls towards the root and stops when it no longer does.
    private static func fifthRoot(_ value: Double) -> Double {
        guard value > 0 else { return 0 }
        var root = 1.0
        while true {
            let fourth = (root * root) * (root * root)
            let next = root - (fourth * root - value) / (5 * fourth)
            guard next < root else { return root }
            root = next
        }
    }

    /// The x in 0…1 with 3x² - 2x³ = `value`, by bisection.
    private static func undoContrast(_ value: Double) -> Double {
        var low = 0.0
        var high = 1.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if middle * middle * (3 - 2 * middle) < value { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
