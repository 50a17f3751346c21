import Codecs
import Glibc
import ISP
import Imaging
import Tensors
import TestSupport
import Testing

@Suite(
    "Demosaic quality on the Kodak pictures",
    .enabled(if: SharedData.exists("kodak/kodim24.png"), Comment(rawValue: SharedData.absentComment)))
struct KodakTests {
    private func pictures() throws -> [Picture] {
        try (1...24).map { number in
            let name = "kodak/kodim\(number < 10 ? "0" : "")\(number).png"
            let source = try ImageDecoder.decode(ByteStorage.mapping(path: SharedData.path(name)))
            guard case .picture(let picture, _) = source else { throw CodecError.unrecognised(detail: name) }
            return picture
        }
    }

    /// Every site's own colour of an RGB picture.
    private func mosaic(_ picture: Picture, cfa: CFAPattern) -> [[UInt16]] {
        (0..<picture.height).map { y in
            let row = picture.row(y).assumingMemoryBound(to: UInt8.self)
            return (0..<picture.width).map { x in UInt16(row[3 * x + cfa.color(row: y, column: x).rawValue]) }
        }
    }

    /// Peak signal-to-noise ratio over all three channels, in dB, a border of 10 pixels dropped.
    private func cpsnr(_ picture: Picture, _ truth: (Int, Int, Int) -> Double, _ value: (Int, Int, Int) -> Double)
        -> Double
    {
        var sum = 0.0
        for y in 10..<picture.height - 10 {
            for x in 10..<picture.width - 10 {
                for channel in 0..<3 {
                    let difference = truth(x, y, channel) - value(x, y, channel)
                    sum += difference * difference
                }
            }
        }
        let mean = sum / Double(3 * (picture.width - 20) * (picture.height - 20))
        return 10 * log10(255 * 255 / mean)
    }

    private func bytes(_ picture: Picture) -> (Int, Int, Int) -> Double {
        { x, y, channel in Double(picture.row(y).load(fromByteOffset: 3 * x + channel, as: UInt8.self)) }
    }

    @Test(
        "gamma-coded mosaics score as in the literature",
        arguments: [
            (Demosaic.bilinear, CFAPattern.rggb, 30.2), (.bilinear, .grbg, 30.1), (.mhc, .rggb, 35.7),
            (.mhc, .grbg, 35.7), (.led, .rggb, 38.0), (.led, .grbg, 37.9), (.mlri, .rggb, 39.2),
            (.mlri, .grbg, 39.1), (.cnn, .rggb, 40.9), (.cnn, .bggr, 40.7),
        ])
    func gammaCoded(method: Demosaic, cfa: CFAPattern, expected: Double) throws {
        var total = 0.0
        for truth in try pictures() {
            let frame = RawFrame(samples: mosaic(truth, cfa: cfa), pixelFormat: PixelFormat(cfa: cfa, bitDepth: 8))
            let developed = try demosaicOnly(frame, method: method, domain: .linear, format: .rgb8)
            total += cpsnr(truth, bytes(truth), bytes(developed))
        }
        #expect(total / 24 >= expected, "\(total / 24) dB")
    }

    @Test("clean detail loses less than 0.05 dB to the search for defects", arguments: [Demosaic.mhc, .led])
    func defects(method: Demosaic) throws {
        let decoded = (0...255).map { code -> Double in
            let value = Double(code) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        var profile = ISPProfile(name: "t", whiteBalance: .gains(SIMD3(1, 1, 1)), demosaic: method, color: .none)
        var lost = 0.0
        for truth in try pictures() {
            let samples = mosaic(truth, cfa: .rggb).map { row in
                row.map { UInt16((decoded[Int($0)] * 4095).rounded()) }
            }
            let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 12))
            profile.defects = .none
            lost += cpsnr(truth, bytes(truth), bytes(try Developer(profile: profile).develop(frame).picture))
            profile.defects = DefectCorrection(threshold: 5)
            lost -= cpsnr(truth, bytes(truth), bytes(try Developer(profile: profile).develop(frame).picture))
        }
        #expect(lost / 24 < 0.05, "\(lost / 24) dB")
    }

    @Test(
        "12-bit linear light is demosaiced better as square roots",
        arguments: [(Demosaic.mhc, 35.2, 3.0), (.led, 37.9, 3.0), (.mlri, 39.1, 2.6)])
    func linearLight(method: Demosaic, expected: Double, gain: Double) throws {
        let decoded = (0...255).map { code -> Double in
            let value = Double(code) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        let coded = (0...65535).map { value -> Double in
            let light = Double(value) / 65535
            return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055)
        }
        func score(_ domain: InterpolationDomain) throws -> Double {
            var total = 0.0
            for truth in try pictures() {
                let samples = mosaic(truth, cfa: .rggb).map { row in
                    row.map { UInt16((decoded[Int($0)] * 4095).rounded()) }
                }
                let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 12))
                let developed = try demosaicOnly(frame, method: method, domain: domain, format: .rgb16)
                total += cpsnr(truth, bytes(truth)) { x, y, channel in
                    coded[Int(developed.row(y).load(fromByteOffset: 6 * x + 2 * channel, as: UInt16.self))]
                }
            }
            return total / 24
        }
        let root = try score(.squareRoot)
        let linear = try score(.linear)
        #expect(root >= expected, "\(root) dB")
        #expect(root > linear + gain, "\(root) and \(linear) dB")
    }
}
