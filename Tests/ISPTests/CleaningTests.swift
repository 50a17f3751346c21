import Glibc
import ISP
import Imaging
import Tensors
import TestSupport
import Testing

/// Threads of a kind: pieces in reverse order, so that nothing may lean on the order.
private func bands(_ width: Int) -> Parallelism {
    Parallelism(width: width) { count, piece in for index in (0..<count).reversed() { piece(index) } }
}

@Suite("Defects, noise, green balance and sharpening")
struct CleaningTests {
    private static let model = NoiseModel(gain: 0.5, readNoise: 1.2)

    private static let everything = ISPProfile(
        name: "all", noise: model, defects: DefectCorrection(threshold: 5, sites: [.init(column: 1, row: 1)]),
        denoise: 1,
        greenBalance: .ratio(1.03), saturation: 1.2, sharpening: Sharpening(amount: 0.7))

    private func frame(
        _ width: Int, _ height: Int, cfa: CFAPattern?, seed: UInt64 = 3,
        _ mean: (_ x: Int, _ y: Int) -> Double = { x, y in 200 + 700 * (sin(Double(x) / 7) * cos(Double(y) / 9) + 1) }
    ) -> RawFrame {
        var random = SplitMix64(seed: seed)
        func normal() -> Double {
            let u = Double.random(in: 1e-12...1, using: &random)
            return (-2 * log(u)).squareRoot() * cos(2 * .pi * Double.random(in: 0...1, using: &random))
        }
        let samples = (0..<height).map { y in
            (0..<width).map { x in
                let light = mean(x, y)
                let deviation = (Self.model.gain * light + Self.model.readNoise * Self.model.readNoise).squareRoot()
                return UInt16(min(4095, max(0, (64 + light + deviation * normal()).rounded())))
            }
        }
        return RawFrame(
            samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 12), blackLevel: 64,
            whiteBalanceGains: SIMD3(1.8, 1, 1.5))
    }

    private func bytes(_ picture: Picture) -> [UInt8] {
        (0..<picture.height).flatMap {
            Array(UnsafeRawBufferPointer(start: picture.row($0), count: picture.width * picture.format.bytesPerPixel))
        }
    }

    @Test(
        "bands, rows one by one and the picture have the same bits", arguments: Demosaic.builtIn,
        [CFAPattern.rggb, .gbrg, nil])
    func bits(demosaic: Demosaic, cfa: CFAPattern?) throws {
        let frame = frame(79, 131, cfa: cfa)
        let developer = Developer(profile: Self.everything)
        var parameters = try developer.parameters(for: frame)
        parameters.demosaic = demosaic
        for format in [Picture.Format.rgb8, .rgb16] {
            let picture = try developer.develop(frame, parameters: parameters, format: format)
            let inBands = try developer.develop(frame, parameters: parameters, format: format, parallelism: bands(3))
            #expect(bytes(picture) == bytes(inBands))
            let timed = try developer.developTimed(frame, parameters: parameters, format: format)
            #expect(bytes(picture) == bytes(timed.picture))
            let rows = try developer.rows(of: frame, parameters: parameters, format: format)
            for (first, step) in [(0, 1), (5, 1), (1, 7)] {
                let reader = rows.makeReader(window: 2)
                for y in stride(from: first, to: rows.height, by: step) {
                    let count = rows.width * format.bytesPerPixel
                    let made = Array(UnsafeBufferPointer(start: reader.row(y), count: count))
                    #expect(made == Array(UnsafeRawBufferPointer(start: picture.row(y), count: count)))
                }
            }
        }
    }

    @Test("frames of a few samples go through every stage", arguments: [(2, 2), (3, 2), (2, 5), (5, 7), (9, 3)])
    func small(width: Int, height: Int) throws {
        var profile = Self.everything
        for cfa in [CFAPattern.bggr, nil] {
            let frame = frame(width, height, cfa: cfa)
            for demosaic in Demosaic.builtIn {
                profile.demosaic = demosaic
                let picture = try Developer(profile: profile).develop(frame).picture
                #expect(picture.width == (demosaic == .half ? width / 2 : width))
            }
        }
        profile.demosaic = .mhc
        profile.defects.sites = []
        let line = self.frame(1, 1, cfa: nil)
        #expect(try Developer(profile: profile).develop(line).picture.height == 1)
    }

    @Test("stages that are off, or set to change nothing, leave every bit")
    func identity() throws {
        let frame = frame(65, 40, cfa: .grbg)
        let plain = try Developer(profile: .standard).develop(frame).picture
        var profile = ISPProfile.standard
        profile.noise = Self.model
        profile.greenBalance = .ratio(1)
        profile.saturation = 1
        profile.sharpening = Sharpening(amount: 0, threshold: 0, limit: 1)
        #expect(bytes(try Developer(profile: profile).develop(frame).picture) == bytes(plain))
        // Nothing sticks out by a hundred deviations.
        profile.defects = DefectCorrection(threshold: 100)
        #expect(bytes(try Developer(profile: profile).develop(frame).picture) == bytes(plain))
    }

    @Test("hot and dead samples vanish, alone and beside each other", arguments: [CFAPattern.rggb, .gbrg, nil])
    func hotSamples(cfa: CFAPattern?) throws {
        let clean = frame(96, 64, cfa: cfa) { x, _ in 1200 + Double(x) }
        let broken = RawFrame(
            samples: (0..<64).map { y in
                var row = [UInt16](repeating: 0, count: 96)
                row.withUnsafeMutableBufferPointer { clean.unpackRow(y, into: $0.baseAddress!) }
                for x in 0..<96 where (x * 7 + y * 13) % 101 == 0 { row[x] = (x + y) % 3 == 0 ? 0 : 3000 }
                return row
            }, pixelFormat: clean.pixelFormat, blackLevel: 64, whiteBalanceGains: clean.whiteBalanceGains)
        var profile = ISPProfile(name: "t", noise: Self.model)
        let wanted = try Developer(profile: profile).develop(clean).picture
        func worst(_ picture: Picture) -> Int {
            zip(bytes(wanted), bytes(picture)).map { abs(Int($0) - Int($1)) }.max() ?? 0
        }
        #expect(worst(try Developer(profile: profile).develop(broken).picture) > 60)
        profile.defects = DefectCorrection(threshold: 5)
        #expect(worst(try Developer(profile: profile).develop(broken).picture) < 30)
    }

    @Test("lines and edges without noise keep every sample", arguments: [0, 1, 2, 3])
    func fineLines(kind: Int) throws {
        let samples = (0..<48).map { y in
            (0..<64).map { x -> UInt16 in
                let isLine = [x == 20, y == 20, x == y, x + 30 > 2 * y][kind]
                return isLine ? 2400 : 300
            }
        }
        let frame = RawFrame(
            samples: samples, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 12), blackLevel: 64,
            whiteBalanceGains: SIMD3(1, 1, 1))
        let plain = try Developer(profile: ISPProfile(name: "t")).develop(frame).picture
        let profile = ISPProfile(name: "t", noise: Self.model, defects: DefectCorrection(threshold: 4))
        #expect(bytes(try Developer(profile: profile).develop(frame).picture) == bytes(plain))
    }

    @Test("listed samples are made of those around that are not listed")
    func listed() throws {
        // A column and a block are broken; nothing is looked for.
        var sites = (0..<40).map { DefectCorrection.Site(column: 11, row: $0) }
        for y in 20..<23 { for x in 30..<33 { sites.append(.init(column: x, row: y)) } }
        let broken = Set(sites)
        let levels: [UInt16] = [900, 1500, 700]
        let samples = (0..<40).map { y in
            (0..<50).map { x -> UInt16 in
                if broken.contains(.init(column: x, row: y)) { return 4095 }
                return levels[CFAPattern.grbg.color(row: y, column: x).rawValue]
            }
        }
        let frame = RawFrame(
            samples: samples, pixelFormat: PixelFormat(cfa: .grbg, bitDepth: 12), blackLevel: 64,
            whiteBalanceGains: SIMD3(1, 1, 1))
        let profile = ISPProfile(name: "t", defects: DefectCorrection(sites: sites))
        let picture = try Developer(profile: profile).develop(frame).picture
        #expect(Set(picture.allSamples).count == 1)

        let outside = ISPProfile(name: "t", defects: DefectCorrection(sites: [.init(column: 50, row: 3)]))
        #expect(throws: ISPError.self) { try Developer(profile: outside).develop(frame) }
    }

    @Test("noise falls to less than half on a surface, and an edge stays", arguments: [CFAPattern.rggb, nil])
    func denoising(cfa: CFAPattern?) throws {
        let frame = frame(200, 120, cfa: cfa) { x, _ in x < 100 ? 300 : 1500 }
        var profile = ISPProfile(
            name: "t", whiteBalance: .gains(SIMD3(1, 1, 1)), color: .none, tone: .linear, noise: Self.model)
        func figures(_ picture: Picture) -> (noise: Double, edge: Double) {
            func column(_ x: Int) -> [Double] { (10..<110).map { Double(picture.samples(x, $0)[0]) } }
            func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
            let flat = (20..<80).flatMap(column)
            let middle = mean(flat)
            let variance = mean(flat.map { ($0 - middle) * ($0 - middle) })
            return (variance.squareRoot(), mean(column(103)) - mean(column(96)))
        }
        let noisy = figures(try Developer(profile: profile).develop(frame, format: .rgb16).picture)
        profile.denoise = 1
        let denoised = figures(try Developer(profile: profile).develop(frame, format: .rgb16).picture)
        #expect(denoised.noise < 0.5 * noisy.noise, "\(denoised.noise) of \(noisy.noise)")
        #expect(abs(denoised.edge / noisy.edge - 1) < 0.01, "\(denoised.edge) of \(noisy.edge)")
    }

    @Test("denoising keeps means, black and white", arguments: [0.0, 4, 40, 400, 2000])
    func means(light: Double) throws {
        let frame = frame(120, 120, cfa: .rggb) { _, _ in light }
        let profile = ISPProfile(
            name: "t", whiteBalance: .gains(SIMD3(1, 1, 1)), blackLevel: [40, 40, 40, 40], color: .none, tone: .linear,
            noise: Self.model, denoise: 1)
        let samples = try Developer(profile: profile).develop(frame, format: .rgb16).picture.allSamples.joined()
        let mean = Double(samples.reduce(0, +)) / Double(samples.count) / 65535 * (4095 - 40)
        #expect(abs(mean - (light + 24)) < 0.3 + 0.002 * light, "\(mean)")

        let white = RawFrame(
            samples: Array(repeating: Array(repeating: 4095, count: 20), count: 20),
            pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 12), blackLevel: 64, whiteBalanceGains: SIMD3(2, 1, 1.5))
        let picture = try Developer(profile: profile).develop(white, format: .rgb16).picture
        #expect(picture.allSamples.allSatisfy { $0 == [65535, 65535, 65535] })
    }

    @Test("greens of two kinds become one, by themselves or as told", arguments: CFAPattern.allCases)
    func greens(cfa: CFAPattern) throws {
        let samples = (0..<60).map { y in
            (0..<80).map { x -> UInt16 in
                guard cfa.color(row: y, column: x) == .green else { return 864 }
                return y & 1 == cfa.redSite.row ? 1104 : 1064
            }
        }
        let frame = RawFrame(
            samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 12), blackLevel: 64,
            whiteBalanceGains: SIMD3(1.3, 1, 1.3))
        for balance in [ISPProfile.GreenBalance.auto, .ratio(1040.0 / 1000)] {
            let profile = ISPProfile(name: "t", tone: .linear, greenBalance: balance)
            let picture = try Developer(profile: profile).develop(frame, format: .rgb16).picture
            let green = picture.allSamples.map { $0[1] }
            #expect((green.max() ?? 0) - (green.min() ?? 0) <= 2)
        }
    }

    @Test("sharpening raises an edge on both sides, no further than its limit, and leaves a surface")
    func sharpening() throws {
        let samples = (0..<24).map { _ in (0..<40).map { UInt16($0 < 20 ? 600 : 1400) } }
        let frame = RawFrame(
            samples: samples, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 12), whiteBalanceGains: SIMD3(1, 1, 1))
        var profile = ISPProfile(name: "t", demosaic: .bilinear)
        let plain = try Developer(profile: profile).develop(frame).picture
        profile.sharpening = Sharpening(amount: 1, threshold: 0.002, limit: 0.02)
        let sharp = try Developer(profile: profile).develop(frame).picture
        #expect(sharp.samples(19, 12)[1] < plain.samples(19, 12)[1])
        #expect(sharp.samples(20, 12)[1] > plain.samples(20, 12)[1])
        for (a, b) in zip(plain.allSamples, sharp.allSamples) { #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 8 }) }
        #expect(sharp.samples(5, 12) == plain.samples(5, 12))
    }

    @Test("saturation moves colours from grey and leaves grey and luminance")
    func saturation() {
        let grey = SIMD3(0.4, 0.4, 0.4)
        let color = SIMD3(0.6, 0.3, 0.2)
        func luminance(_ color: SIMD3<Double>) -> Double { 0.2126 * color.x + 0.7152 * color.y + 0.0722 * color.z }
        for amount in [0, 0.5, 1, 2.5] {
            let matrix = ColorMatrix.saturation(amount)
            let moved = matrix * color
            #expect(((matrix * grey) - grey).max() < 1e-12)
            #expect(abs(luminance(moved) - luminance(color)) < 1e-12)
            #expect(abs((moved.x - moved.z) - amount * (color.x - color.z)) < 1e-12)
        }
        #expect(ColorMatrix.saturation(1) == .identity)
    }

    @Test("light of a colour temperature is balanced by the sensor's curve, as told or found")
    func temperature() throws {
        let profile = ISPProfile(name: "t", whiteBalance: .temperature(4500))
        let gains = try Developer(profile: profile).parameters(for: frame(32, 32, cfa: .rggb)).whiteBalanceGains
        #expect(abs(gains.x - 1 / 0.479) < 1e-12 && gains.y == 1 && abs(gains.z - 1 / 0.598) < 1e-12)
        // A grey wall under that light is found on the curve.
        let wall = RawFrame(
            samples: (0..<64).map { y in
                (0..<64).map { x in
                    let ratio = [0.479, 1, 0.598][CFAPattern.rggb.color(row: y, column: x).rawValue]
                    return UInt16((64 + 1000 * ratio).rounded())
                }
            }, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 12), blackLevel: 64)
        let found = try Developer(profile: ISPProfile(name: "t", whiteBalance: .temperature(nil)))
            .parameters(for: wall).whiteBalanceGains
        #expect(abs(found.x - gains.x) < 0.01 && abs(found.z - gains.z) < 0.01)
    }

    @Test("the filmic curve rises from black to white, brighter in the middle the larger its white")
    func filmic() throws {
        let frame = RawFrame(
            samples: [Array(0...255), Array(0...255)], pixelFormat: PixelFormat(cfa: nil, bitDepth: 8))
        var middle = 0
        for white in [1.0, 4, 11.2, 16] {
            let profile = ISPProfile(name: "t", tone: .filmic(white: white))
            let row = try Developer(profile: profile).develop(frame, format: .gray16).picture
            let values = (0..<256).map { row.samples($0, 0)[0] }
            #expect(values[0] == 0 && values[255] == 65535)
            #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(values[46] > middle)
            middle = values[46]
        }
    }
}
