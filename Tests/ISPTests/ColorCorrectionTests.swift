import ISP
import Imaging
import Testing

/// A camera whose colours are known: its XYZ → camera matrix, and what it sees under a light.
@Suite("Colour matrices from calibrations")
struct ColorCorrectionTests {
    /// An ordinary sensor's matrix for daylight (D65), as DNG files carry them.
    private static let daylight = ColorMatrix([0.9, -0.3, -0.1, -0.4, 1.2, 0.2, -0.1, 0.25, 0.6])
    private static let tungsten = ColorMatrix([1.1, -0.5, -0.05, -0.35, 1.15, 0.22, -0.05, 0.2, 0.75])
    private static let d65 = SIMD3(0.95047, 1, 1.08883)
    private static let illuminantA = SIMD3(1.0985, 1, 0.35585)

    private func parameters(_ color: SensorColor, white: SIMD3<Double>, seen by: ColorMatrix) throws
        -> DevelopParameters
    {
        let neutral = by * white
        let gains = neutral.y / neutral
        var frame = RawFrame(
            samples: [[1, 2], [3, 4]], pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 10), whiteBalanceGains: gains)
        frame.color = color
        return try Developer(profile: .standard).parameters(for: frame)
    }

    private static let both = SensorColor(calibrations: [
        .init(temperature: 2856, xyzToCamera: tungsten), .init(temperature: 6504, xyzToCamera: daylight),
    ])

    @Test("finds daylight from the gains, and takes daylight's calibration")
    func temperatureOfDaylight() throws {
        let parameters = try parameters(Self.both, white: Self.d65, seen: Self.daylight)
        #expect(abs((parameters.colorTemperature ?? 0) - 6504) < 60)
    }

    @Test("finds tungsten from the gains")
    func temperatureOfTungsten() throws {
        let parameters = try parameters(Self.both, white: Self.illuminantA, seen: Self.tungsten)
        #expect(abs((parameters.colorTemperature ?? 0) - 2856) < 60)
    }

    @Test("under daylight gives sRGB primaries back as sRGB")
    func primaries() throws {
        let color = SensorColor(calibrations: [.init(temperature: 6504, xyzToCamera: Self.daylight)])
        let parameters = try parameters(color, white: Self.d65, seen: Self.daylight)
        let srgbToXYZ = ColorMatrix([
            0.4124564, 0.3575761, 0.1804375, 0.2126729, 0.7151522, 0.0721750, 0.0193339, 0.1191920, 0.9503041,
        ])
        let neutral = Self.daylight * Self.d65
        for primary in [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1), SIMD3(0.5, 0.2, 0.7)] {
            let camera = (Self.daylight * (srgbToXYZ * primary)) / neutral
            let result = parameters.colorMatrix * camera
            for channel in 0..<3 { #expect(abs(result[channel] - primary[channel]) < 0.005) }
        }
    }

    @Test("keeps white white", arguments: [true, false])
    func white(withForwardMatrix: Bool) throws {
        let forward = ColorMatrix([0.6, 0.3, 0.06, 0.25, 0.7, 0.05, 0.02, 0.1, 0.7])
        let color = SensorColor(calibrations: [
            .init(temperature: 2856, xyzToCamera: Self.tungsten, cameraToXYZD50: withForwardMatrix ? forward : nil),
            .init(temperature: 6504, xyzToCamera: Self.daylight, cameraToXYZD50: withForwardMatrix ? forward : nil),
        ])
        let parameters = try parameters(color, white: Self.d65, seen: Self.daylight)
        let white = parameters.colorMatrix * SIMD3(1, 1, 1)
        for channel in 0..<3 { #expect(abs(white[channel] - 1) < 1e-9) }
        #expect(parameters.colorMatrix != .identity)
    }

    @Test("the frame's own matrix goes before calibrations, the profile's before both")
    func precedence() throws {
        let own = ColorMatrix([1.5, -0.3, -0.2, -0.2, 1.4, -0.2, 0, -0.5, 1.5])
        var frame = RawFrame(samples: [[1, 2], [3, 4]], pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 10))
        frame.color = Self.both
        frame.cameraToSRGB = own
        #expect(try Developer(profile: .standard).parameters(for: frame).colorMatrix == own)
        let given = ColorMatrix([1, 0, 0, 0, 1, 0, 0.5, 0, 0.5])
        let profile = ISPProfile(name: "t", color: .matrix(given))
        #expect(try Developer(profile: profile).parameters(for: frame).colorMatrix == given)
        #expect(
            try Developer(profile: ISPProfile(name: "t", color: .none)).parameters(for: frame).colorMatrix == .identity)
    }
}
