import Calibration
import ISP
import Imaging
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// A camera that is known, measured.
@Suite("calibrating a camera")
struct SensorCalibrationTests {
    private static let width = 240
    private static let height = 160
    private static let black = [60.0, 64.0, 66.0, 62.0]
    private static let gain = 0.8
    private static let readNoise = 2.5

    private struct Camera {
        var random: SplitMix64

        /// Two uniform numbers to a normal one (Box and Muller).
        mutating func normal() -> Double {
            let u = Double.random(in: 1e-12...1, using: &random)
            let v = Double.random(in: 0...1, using: &random)
            return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
        }

        /// A frame of `electrons` by column, row and colour, with the camera's noise.
        mutating func frame(_ electrons: (Int, Int, CFAColor) -> Double) -> RawFrame {
            let cfa = CFAPattern.grbg
            var samples: [UInt16] = []
            for y in 0..<height {
                for x in 0..<width {
                    let mean = electrons(x, y, cfa.color(row: y, column: x))
                    let caught = mean + mean.squareRoot() * normal()
                    let value = black[2 * (y & 1) + (x & 1)] + gain * caught + readNoise * normal()
                    samples.append(UInt16(max(0, min(4095, value.rounded()))))
                }
            }
            let storage = samples.withUnsafeBytes { ByteStorage(copying: $0) }
            return RawFrame(
                width: width, height: height, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 12), storage: storage)
        }
    }

    /// What the lens lets through at a place, green; red loses more.
    private static func transmission(_ x: Int, _ y: Int, _ color: CFAColor) -> Double {
        let u = (Double(x) - Double(width - 1) / 2) / Double(width)
        let v = (Double(y) - Double(height - 1) / 2) / Double(width)
        return 1 - (color == .red ? 1.6 : 1.2) * (u * u + v * v)
    }

    @Test("black levels, noise and gain map come out as the camera was made")
    func camera() throws {
        var camera = Camera(random: SplitMix64(seed: 12))
        var calibration = SensorCalibration()
        for _ in 0..<6 { try calibration.addDark(camera.frame { _, _, _ in 0 }) }
        for exposure in [400.0, 1200, 2400] {
            for _ in 0..<4 {
                try calibration.addFlat(camera.frame { exposure * Self.transmission($0, $1, $2) })
            }
        }
        let outcome = try calibration.outcome(name: "test", grid: (9, 7))
        for (found, wanted) in zip(outcome.blackLevel, Self.black) { #expect(abs(found - wanted) < 0.1) }
        let noise = try #require(outcome.noise)
        #expect(abs(noise.gain / Self.gain - 1) < 0.03)
        // Rounding to whole samples adds a twelfth to the variance.
        let readNoise = (Self.readNoise * Self.readNoise + 1 / 12.0).squareRoot()
        #expect(abs(noise.readNoise / readNoise - 1) < 0.03)
        guard case .grid(let shading) = outcome.profile.lensShading else {
            Issue.record("no gain map")
            return
        }
        for row in 0..<7 {
            for column in 0..<9 {
                let (x, y) = (column * (Self.width - 1) / 8, row * (Self.height - 1) / 6)
                for (gains, color) in [(shading.red, CFAColor.red), (shading.green, .green), (shading.blue, .blue)] {
                    let wanted = 1 / Self.transmission(x, y, color)
                    #expect(abs(gains[9 * row + column] / wanted - 1) < 0.04, "\(color) \(column) \(row)")
                }
            }
        }
        #expect(try ISPProfile(json: Array(outcome.profile.canonicalJSON.utf8)) == outcome.profile)
    }

    @Test("the colour matrix is the one the chart was seen through")
    func chart() throws {
        // sRGB to this camera: its inverse, with rows that sum to 1, is what must come out.
        let right = ColorMatrix([1.7, -0.5, -0.2, -0.3, 1.6, -0.3, 0, -0.6, 1.6])
        let camera = try #require(right.inverse)
        let light = SIMD3(0.5, 1.0, 0.7)
        let corners: [SIMD2<Double>] = [[30, 25], [210, 35], [205, 130], [35, 125]]
        // The frame of a chart in perspective: each place takes the nearest patch.
        let reference: [SIMD3<Double>] = ColorChartReference.linear
        var centers: [SIMD2<Double>] = []
        for index in 0..<24 {
            let (u, v) = (Double(index % 6) / 5, Double(index / 6) / 3)
            let top = corners[0] * (1 - u) + corners[1] * u
            let bottom = corners[3] * (1 - u) + corners[2] * u
            centers.append(top * (1 - v) + bottom * v)
        }
        var samples: [UInt16] = []
        let cfa = CFAPattern.rggb
        for y in 0..<160 {
            for x in 0..<240 {
                let distances = centers.map { center -> Double in
                    let d = center - SIMD2(Double(x), Double(y))
                    return (d * d).sum()
                }
                let patch = distances.indices.min { distances[$0] < distances[$1] } ?? 0
                let seen = (camera * reference[patch]) * light
                let value = 64 + 900 * max(0, seen[cfa.color(row: y, column: x).rawValue])
                samples.append(UInt16(min(1023, value.rounded())))
            }
        }
        let storage = samples.withUnsafeBytes { ByteStorage(copying: $0) }
        let frame = RawFrame(
            width: 240, height: 160, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 10), storage: storage,
            blackLevel: [64, 64, 64, 64])
        var calibration = SensorCalibration()
        try calibration.setChart(frame, corners: corners)
        let outcome = try calibration.outcome(name: "chart", grid: (3, 3))
        let chart = try #require(outcome.chart)
        #expect(chart.patchCount >= 20)
        #expect(chart.error < 0.01)
        #expect(abs(chart.whiteBalanceGains.x - 2) < 0.03 && abs(chart.whiteBalanceGains.z - 1 / 0.7) < 0.03)
        for (found, wanted) in zip(chart.matrix.coefficients, right.coefficients) {
            #expect(abs(found - wanted) < 0.05)
        }
        #expect(outcome.profile.color == .matrix(chart.matrix))
    }

    @Test("frames that cannot be used are told")
    func unsuitable() throws {
        var camera = Camera(random: SplitMix64(seed: 1))
        var calibration = SensorCalibration()
        #expect(throws: CalibrationError.self) { try calibration.outcome(name: "x", grid: (3, 3)) }
        try calibration.addDark(camera.frame { _, _, _ in 0 })
        let other = RawFrame(
            width: 16, height: 16, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 12),
            storage: ByteStorage(byteCount: 512))
        #expect(throws: CalibrationError.self) { try calibration.addDark(other) }
        let frame = camera.frame { _, _, _ in 100 }
        #expect(throws: CalibrationError.self) {
            try calibration.setChart(frame, corners: [[0, 0], [1e4, 0], [10, 10], [0, 10]])
            _ = try calibration.outcome(name: "x", grid: (3, 3))
        }
        #expect(throws: CalibrationError.self) { try PhotonTransfer([], range: 4000, darkVariance: 1) }
        #expect(throws: CalibrationError.self) {
            try PhotonTransfer(
                [.init(signal: 1000, variance: 10), .init(signal: 1010, variance: 10)], range: 4000, darkVariance: nil)
        }
        let line = try PhotonTransfer(
            [100.0, 500, 2000, 3900].map { .init(signal: $0, variance: 4 + 0.5 * min($0, 2500)) }, range: 4000,
            darkVariance: nil)
        #expect(abs(line.gain - 0.5) < 1e-9 && abs(line.readNoise - 2) < 1e-6)
    }
}

/// The chart's published colours in linear sRGB.
private enum ColorChartReference {
    static let linear: [SIMD3<Double>] = [
        [115, 82, 68], [194, 150, 130], [98, 122, 157], [87, 108, 67], [133, 128, 177], [103, 189, 170],
        [214, 126, 44], [80, 91, 166], [193, 90, 99], [94, 60, 108], [157, 188, 64], [224, 163, 46],
        [56, 61, 150], [70, 148, 73], [175, 54, 60], [231, 199, 31], [187, 86, 149], [8, 133, 161],
        [243, 243, 242], [200, 200, 200], [160, 160, 160], [122, 122, 121], [85, 85, 85], [52, 52, 52],
    ].map { (color: SIMD3<Double>) in
        func linear(_ value: Double) -> Double {
            value / 255 <= 0.04045 ? value / 255 / 12.92 : pow((value / 255 + 0.055) / 1.055, 2.4)
        }
        return SIMD3(linear(color.x), linear(color.y), linear(color.z))
    }
}
