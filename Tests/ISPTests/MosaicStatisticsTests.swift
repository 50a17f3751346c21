import Glibc
import ISP
import Imaging
import Tensors
import TestSupport
import Testing

@Suite("Statistics of a frame's samples")
struct MosaicStatisticsTests {
    private static let model = NoiseModel(gain: 0.5, readNoise: 2)

    private func statistics(
        _ width: Int, _ height: Int, cfa: CFAPattern? = .rggb, interval: Int = 1, black: Double = 64,
        _ mean: (_ x: Int, _ y: Int) -> Double
    ) throws -> MosaicStatistics {
        var random = SplitMix64(seed: 8)
        func normal() -> Double {
            let u = Double.random(in: 1e-12...1, using: &random)
            return (-2 * log(u)).squareRoot() * cos(2 * .pi * Double.random(in: 0...1, using: &random))
        }
        let samples = (0..<height).map { y in
            (0..<width).map { x -> UInt16 in
                let light = mean(x, y)
                if light >= 4031 { return 4095 }
                let deviation = (Self.model.gain * light + Self.model.readNoise * Self.model.readNoise).squareRoot()
                return UInt16(min(4095, max(0, (64 + light + deviation * normal()).rounded())))
            }
        }
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 12), blackLevel: black)
        let developer = Developer(profile: ISPProfile(name: "t", noise: Self.model))
        return MosaicStatistics(frame, parameters: try developer.parameters(for: frame), interval: interval)
    }

    @Test("a surface has its means, one heap in the histogram, and nothing to complain of", arguments: [1, 4])
    func surface(interval: Int) throws {
        let cfa = CFAPattern.rggb
        let levels = [500.0, 1000, 700]
        let found = try statistics(200, 160, interval: interval) { x, y in levels[cfa.color(row: y, column: x).rawValue]
        }
        for (mean, level) in zip(found.siteMeans, [500.0, 1000, 1000, 700]) { #expect(abs(mean - level / 4031) < 3e-4) }
        #expect(found.clippedShare == 0 && found.darkShare == 0)
        #expect(found.sharpness < 0.01)
        #expect(found.defectsPerMillion < 200)
        for (histogram, level) in zip(found.histograms, levels) {
            let bin = Int(level / 4031 * 64)
            let near = histogram[max(0, bin - 1)...bin + 1].reduce(0, +)
            #expect(Double(near) > 0.999 * Double(histogram.reduce(0, +)))
        }
        #expect(found.histograms.joined().reduce(0, +) == 200 * 2 * ((80 + interval - 1) / interval))
    }

    @Test("clipped and dark samples are counted as shares")
    func shares() throws {
        let found = try statistics(100, 100) { x, _ in x < 20 ? 5000 : x < 50 ? 0 : 1000 }
        #expect(abs(found.clippedShare - 0.2) < 1e-9)
        #expect(abs(found.darkShare - 0.3) < 0.001)
    }

    @Test("a black level that is off by some values shows as drift in a frame of darkness", arguments: [54.0, 64, 70])
    func drift(black: Double) throws {
        let found = try statistics(300, 300, black: black) { _, _ in 0 }
        #expect(abs(found.blackLevelDrift - (64 - black)) < 1.2, "\(found.blackLevelDrift)")
    }

    @Test("a blurred picture is less sharp, noise or not")
    func sharpness() throws {
        let sharp = try statistics(200, 100) { x, _ in x / 4 % 2 == 0 ? 400 : 1600 }
        let blurred = try statistics(200, 100) { x, _ in 1000 + 600 * sin(Double(x) * .pi / 16) }
        #expect(sharp.sharpness > 1.5 * blurred.sharpness)
        #expect(blurred.sharpness > 0.05)
    }

    @Test("samples that stick out are counted, whole and by rows", arguments: [1, 2])
    func defects(interval: Int) throws {
        let found = try statistics(200, 200, interval: interval) { x, y in
            x % 20 == 7 && y % 18 == 4 ? 3000 : 500
        }
        // Ten in each of 11 rows, of which 6 lie in every second block.
        let expected = interval == 1 ? 110 / 0.04 : 60 / 0.02
        #expect(abs(found.defectsPerMillion - expected) < 100)
    }

    @Test("a monochrome frame has one histogram")
    func monochrome() throws {
        let found = try statistics(64, 33, cfa: nil) { _, _ in 800 }
        #expect(found.histograms.count == 1)
        #expect(found.histograms[0].reduce(0, +) == 64 * 32)
    }
}
