/// The classic 24-patch chart.
package enum ColorChecker {
    /// The sRGB values, 8 bits, that the chart's maker gives for the patches (D50 measurements adapted to D65), row by row
    /// from dark skin to black.
    package static let sRGB: [SIMD3<UInt8>] = [
        SIMD3(115, 82, 68), SIMD3(194, 150, 130), SIMD3(98, 122, 157), SIMD3(87, 108, 67), SIMD3(133, 128, 177),
        SIMD3(103, 189, 170), SIMD3(214, 126, 44), SIMD3(80, 91, 166), SIMD3(193, 90, 99), SIMD3(94, 60, 108),
        SIMD3(157, 188, 64), SIMD3(224, 163, 46), SIMD3(56, 61, 150), SIMD3(70, 148, 73), SIMD3(175, 54, 60),
        SIMD3(231, 199, 31), SIMD3(187, 86, 149), SIMD3(8, 133, 161), SIMD3(243, 243, 242), SIMD3(200, 200, 200),
        SIMD3(160, 160, 160), SIMD3(122, 122, 121), SIMD3(85, 85, 85), SIMD3(52, 52, 52),
    ]

    /// The same as linear light.
    static let light: [SIMD3<Float>] = {
        let table = ToneInverse(.srgb, maximumSample: 255).light
        return sRGB.map { SIMD3(table[Int($0.x)], table[Int($0.y)], table[Int($0.z)]) }
    }()
}
