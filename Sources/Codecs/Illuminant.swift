/// The light sources of EXIF (tag LightSource) and their correlated colour temperatures.
enum Illuminant {
    /// Kelvin by EXIF code. Standard illuminants by CIE 15; fluorescent kinds by the middle of EXIF's range.
    private static let temperatures: [Int: Double] = [
        1: 5503, 2: 4150, 3: 2856, 4: 5503, 9: 5503, 10: 6504, 11: 7504, 12: 6400, 13: 5050, 14: 4150, 15: 3525,
        16: 2925, 17: 2856, 18: 4874, 19: 6774, 20: 5503, 21: 6504, 22: 7504, 23: 5003, 24: 3200,
    ]

    /// `nil` for a code that names no temperature (0 unknown, 255 other).
    static func temperature(code: Int) -> Double? { temperatures[code] }

    /// The standard illuminant nearest to `temperature` in reciprocal temperature, which is how the eye counts.
    static func code(nearest temperature: Double) -> Int {
        let standard = [17, 24, 18, 23, 20, 21, 19, 22]
        func distance(_ code: Int) -> Double { abs(1 / (temperatures[code] ?? 1) - 1 / temperature) }
        return standard.min { distance($0) < distance($1) } ?? 21
    }
}
