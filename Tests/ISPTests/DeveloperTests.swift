import Glibc
import ISP
import Imaging
import Tensors
import TestSupport
import Testing

extension Picture {
    /// Samples at (`x`, `y`).
    func samples(_ x: Int, _ y: Int) -> [Int] {
        (0..<format.channels).map { channel in
            let at = row(y) + (x * format.channels + channel) * format.bytesPerSample
            return format.bytesPerSample == 1 ? Int(at.load(as: UInt8.self)) : Int(at.load(as: UInt16.self))
        }
    }

    var allSamples: [[Int]] { (0..<height).flatMap { y in (0..<width).map { x in samples(x, y) } } }
}

private func noise(width: Int, height: Int, maximum: UInt16, seed: UInt64 = 1) -> [[UInt16]] {
    var random = SplitMix64(seed: seed)
    return (0..<height).map { _ in (0..<width).map { _ in UInt16.random(in: 0...maximum, using: &random) } }
}

/// Threads of a kind: pieces in reverse order, so that nothing may lean on the order.
private func bands(_ width: Int) -> Parallelism {
    Parallelism(width: width) { count, piece in for index in (0..<count).reversed() { piece(index) } }
}

@Suite("Developing frames")
struct DeveloperTests {
    private static let sizes = [(2, 2), (3, 2), (5, 7), (33, 35), (64, 48), (101, 67)]

    @Test(
        "a surface of one colour stays one colour up to the edges", arguments: CFAPattern.allCases, Demosaic.builtIn)
    func constant(cfa: CFAPattern, demosaic: Demosaic) throws {
        for (width, height) in Self.sizes {
            let levels: [UInt16] = [300, 500, 200]
            let samples = (0..<height).map { y in
                (0..<width).map { x in levels[cfa.color(row: y, column: x).rawValue] }
            }
            let frame = RawFrame(
                samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 10, packing: .csi2), blackLevel: 64)
            let profile = ISPProfile(name: "t", whiteBalance: .gains(SIMD3(2, 1, 1.5)), color: .none, tone: .linear)
            let picture = try Developer(profile: profile).develop(frame, demosaic: demosaic, format: .rgb16).picture
            let balanced: [Double] = [236 * 2, 436, 136 * 1.5]
            let expected = balanced.map { Int($0 / 959 * 65535) }
            // Interpolated roots of 14 bits, squared; a network's steps of 8 bits.
            let tolerance = demosaic == .led || demosaic == .cnn ? 8 : 2
            for pixel in picture.allSamples {
                for channel in 0..<3 { #expect(abs(pixel[channel] - expected[channel]) <= tolerance) }
            }
        }
    }

    @Test("keeps sampled sites: demosaic of a mosaic gives back the mosaic", arguments: CFAPattern.allCases)
    func sampledSites(cfa: CFAPattern) throws {
        let samples = noise(width: 45, height: 30, maximum: 4095)
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 12))
        for method in [Demosaic.bilinear, .mhc, .led, .mlri, .cnn] {
            for domain in InterpolationDomain.allCases {
                let picture = try demosaicOnly(frame, method: method, domain: domain, format: .rgb16)
                for y in 0..<30 {
                    for x in 0..<45 {
                        let value = picture.samples(x, y)[cfa.color(row: y, column: x).rawValue]
                        #expect((value * 4095 * 2 + 65535) / (2 * 65535) == Int(samples[y][x]))
                    }
                }
            }
        }
    }

    @Test("8-bit bilinear is the plain mean of neighbours, rounded half up", arguments: CFAPattern.allCases)
    func bilinear8(cfa: CFAPattern) throws {
        let samples = noise(width: 70, height: 9, maximum: 255)
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 8))
        let picture = try demosaicOnly(frame, method: .bilinear, domain: .linear, format: .rgb8)
        let naive = NaiveDemosaic(mosaic: samples, cfa: cfa)
        for y in 0..<9 { for x in 0..<70 { #expect(picture.samples(x, y) == naive.bilinear(y, x)) } }
    }

    @Test("the number of bands does not change a bit", arguments: Demosaic.builtIn, [Orientation.up, .left])
    func bandsDoNotMatter(demosaic: Demosaic, orientation: Orientation) throws {
        let format = PixelFormat(cfa: .grbg, bitDepth: 10, packing: .lsb)
        let frame = RawFrame(
            samples: noise(width: 75, height: 131, maximum: 1023), pixelFormat: format, blackLevel: 60,
            orientation: orientation)
        let developer = Developer(profile: .standard)
        let whole = try developer.develop(frame, demosaic: demosaic).picture.allSamples
        for count in [2, 3, 7, 40] {
            let cut = try developer.develop(frame, demosaic: demosaic, parallelism: bands(count)).picture.allSamples
            #expect(cut == whole)
        }
    }

    @Test("turns every orientation upright", arguments: Orientation.allCases, Picture.Format.allCases)
    func orientations(orientation: Orientation, format: Picture.Format) throws {
        let cfa: CFAPattern? = format.channels == 1 ? nil : .bggr
        for (width, height) in [(37, 51), (2, 2), (64, 16), (16, 33)] {
            let pixelFormat = PixelFormat(cfa: cfa, bitDepth: 12, packing: .gigeVision)
            let samples = noise(width: width, height: height, maximum: 4095)
            let developer = Developer(profile: .standard)
            let stored = try developer.develop(RawFrame(samples: samples, pixelFormat: pixelFormat), format: format)
            let turned = try developer.develop(
                RawFrame(samples: samples, pixelFormat: pixelFormat, orientation: orientation), format: format)
            let expected = stored.picture.uprighted(from: orientation)
            #expect(turned.picture.width == expected.width && turned.picture.height == expected.height)
            #expect(turned.picture.allSamples == expected.allSamples)
        }
    }

    @Test("half size is floor(width / 2) by floor(height / 2)")
    func halfSize() throws {
        let frame = RawFrame(
            samples: noise(width: 35, height: 21, maximum: 1023), pixelFormat: PixelFormat(cfa: .gbrg, bitDepth: 10))
        let picture = try Developer(profile: .standard).develop(frame, demosaic: .half).picture
        #expect(picture.width == 17 && picture.height == 10)
    }

    @Test("a clipped highlight is white whatever the gains", arguments: Demosaic.builtIn)
    func neutralHighlights(demosaic: Demosaic) throws {
        let samples = [[UInt16]](repeating: [UInt16](repeating: 1023, count: 20), count: 20)
        for gains in [SIMD3(2.1, 1, 1.6), SIMD3(0.7, 1, 1.2), SIMD3(1, 1, 0.5)] {
            let frame = RawFrame(
                samples: samples, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 10), blackLevel: 64,
                whiteBalanceGains: gains)
            for format in [Picture.Format.rgb8, .rgb16] {
                let picture = try Developer(profile: .standard).develop(frame, demosaic: demosaic, format: format)
                    .picture
                let white = format == .rgb8 ? 255 : 65535
                // What a network has learned of white is white to 8 bits.
                let tolerance = demosaic == .cnn && format == .rgb16 ? 32 : 0
                #expect(picture.allSamples.allSatisfy { $0.allSatisfy { white - $0 <= tolerance } })
            }
        }
    }

    @Test(
        "overshoot beside an edge saturates and never wraps", arguments: InterpolationDomain.allCases,
        [Demosaic.mhc, .led, .mlri, .cnn])
    func overshoot(domain: InterpolationDomain, demosaic: Demosaic) throws {
        // Left half nearly white, right half black: the filters shoot over on both sides.
        let samples = (0..<16).map { _ in (0..<32).map { UInt16($0 < 16 ? 1000 : 0) } }
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 10))
        var profile = ISPProfile.standard
        profile.domain = domain
        profile.whiteBalance = .gains(SIMD3(1, 1, 1))
        let picture = try Developer(profile: profile).develop(frame, demosaic: demosaic).picture
        for y in 0..<16 {
            for x in 0..<32 {
                let pixel = picture.samples(x, y)
                if x < 15 { #expect(pixel.allSatisfy { $0 > 200 }, "\(x)") }
                if x > 16 { #expect(pixel.allSatisfy { $0 < 110 }, "\(x)") }
            }
        }
    }

    @Test("white balance is linear: twice the gain is twice the value")
    func whiteBalanceIsLinear() throws {
        let samples = noise(width: 32, height: 32, maximum: 250)
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 10))
        func red(_ gain: Double) throws -> [Int] {
            let profile = ISPProfile(
                name: "t", whiteBalance: .gains(SIMD3(gain, 1, 1)), demosaic: .half, color: .none, tone: .linear)
            return try Developer(profile: profile).develop(frame, format: .rgb16).picture.allSamples.map { $0[0] }
        }
        for (one, two) in zip(try red(1.5), try red(3)) { #expect(abs(2 * one - two) <= 1) }
    }

    @Test("grey world makes the mean of the mid-tones grey and ignores clipped and dark blocks")
    func greyWorld() throws {
        let cfa = CFAPattern.grbg
        let samples = (0..<64).map { y in
            (0..<64).map { x -> UInt16 in
                if y < 16 { return 1023 }
                if y >= 48 { return [70, 64, 90][cfa.color(row: y, column: x).rawValue] }
                return [264, 464, 164][cfa.color(row: y, column: x).rawValue]
            }
        }
        let frame = RawFrame(
            samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 10), blackLevel: 64)
        let profile = ISPProfile(name: "t", whiteBalance: .greyWorld)
        let gains = try Developer(profile: profile).parameters(for: frame).whiteBalanceGains
        for channel in 0..<3 { #expect(abs(gains[channel] - [2, 1, 4][channel]) < 1e-9) }
    }

    @Test("without gains of its own a frame is balanced on its brighter things: a lawn stays green behind a white dog")
    func shadesOfGrey() throws {
        let cfa = CFAPattern.rggb
        let samples = (0..<64).map { y in
            (0..<64).map { x -> UInt16 in
                // A grey object in yellow light among darker green.
                (x + y < 24 ? [700, 800, 400] : [150, 300, 100])[cfa.color(row: y, column: x).rawValue]
            }
        }
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 10))
        let gains = try Developer(profile: .standard).parameters(for: frame).whiteBalanceGains
        #expect(abs(gains.x - 8.0 / 7) < 0.03 && abs(gains.z - 2) < 0.2, "\(gains)")
    }

    @Test("the sRGB curve is met within half a code, and near black to the code")
    func toneAccuracy() throws {
        let ramp = [(0..<65536).map { UInt16($0) }]
        let frame = RawFrame(samples: ramp, pixelFormat: PixelFormat(cfa: nil, bitDepth: 16))
        let picture = try Developer(profile: .standard).develop(frame, format: .gray8).picture
        for value in 0..<65536 {
            let light = Double(value) / 65535
            let coded = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
            #expect(abs(Double(picture.samples(value, 0)[0]) - 255 * coded) < 0.6)
        }
    }

    @Test("a curve of points replaces sRGB")
    func customCurve() throws {
        let frame = RawFrame(
            samples: [[0, 16384, 65535]], pixelFormat: PixelFormat(cfa: nil, bitDepth: 16))
        let profile = ISPProfile(name: "t", tone: .points([0.1, 0.3, 0.9]))
        let picture = try Developer(profile: profile).develop(frame, format: .gray8).picture
        // 16384 / 65535 is a quarter: its root is the middle point.
        #expect((0..<3).map { picture.samples($0, 0)[0] } == [26, 77, 230])
    }

    @Test("monochrome frames develop to grey or RGB, at full or half size")
    func monochrome() throws {
        let samples = noise(width: 21, height: 9, maximum: 255)
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: nil, bitDepth: 8))
        let profile = ISPProfile(name: "t", tone: .linear)
        let gray = try Developer(profile: profile).develop(frame, format: .gray8).picture
        let color = try Developer(profile: profile).develop(frame, format: .rgb8).picture
        for y in 0..<9 {
            for x in 0..<21 {
                #expect(gray.samples(x, y) == [Int(samples[y][x])])
                #expect(color.samples(x, y) == [Int](repeating: Int(samples[y][x]), count: 3))
            }
        }
        let half = try Developer(profile: profile).develop(frame, demosaic: .half, format: .gray8).picture
        #expect(half.width == 10 && half.height == 4)
        let block = [samples[0][0], samples[0][1], samples[1][0], samples[1][1]].reduce(0) { $0 + Int($1) }
        #expect(half.samples(0, 0) == [(block + 2) / 4])
    }

    @Test(
        "every machine and every level develops to the same bits",
        arguments: [
            (
                Demosaic.half, Picture.Format.rgb8,
                "d7611317646a86e1e5f9b3e18a667d1406bd9efc95d786e8b57e6b98da5fbd9a"
            ),
            (
                .half, .rgb16,
                "da2b8ac42014d7668c2d22a1c5b8cb32680872fceab75cb5f23dcdd112a5872f"
            ),
            (
                .bilinear, .rgb8,
                "013e505e1f6d2896aeb8834adac1e15ba9b53de0533be6f8b0152e9fcf4d702f"
            ),
            (
                .bilinear, .rgb16,
                "fa966a50863986338da299af007fd0988090da377234ae7612d594d878cb59da"
            ),
            (
                .mhc, .rgb8,
                "6f5ce4cca31c2481c918b16404819b8361493a62a346ae79cc05016cde8ad9bd"
            ),
            (
                .mhc, .rgb16,
                "e00045a0622a24124bffd68c44a516d20bbf1c97342f754aba717b3a4443599f"
            ),
            (
                .led, .rgb8,
                "9eae9d69bd7d3fae4d9dac895180d04ce6ecd030ff197b4625875796ab9fa9b0"
            ),
            (
                .led, .rgb16,
                "4a0c31b9e1019d6b34f4823a692d7fe5fe50e72968772eb7d452ad55b3a7c6c9"
            ),
            (
                .mlri, .rgb8,
                "0cd44376ea4f472ef4756c32cb40d39ae72f8ef7eb31db5e40e4faaa012690af"
            ),
            (
                .mlri, .rgb16,
                "cf1c401bee60289ae11f7f0388b1315c1f1f516cb334c102df869ade6ed82d29"
            ),
        ])
    func goldenBits(demosaic: Demosaic, format: Picture.Format, expected: String) throws {
        var frame = RawFrame(
            samples: noise(width: 203, height: 117, maximum: 4095, seed: 11),
            pixelFormat: PixelFormat(cfa: .gbrg, bitDepth: 12, packing: .csi2), blackLevel: 240, whiteLevel: 4000,
            orientation: .right)
        frame.cameraToSRGB = ColorMatrix([1.7, -0.5, -0.2, -0.3, 1.6, -0.3, 0.05, -0.6, 1.55])
        let picture = try Developer(profile: .standard).develop(frame, demosaic: demosaic, format: format).picture
        #expect(SHA256.hex(of: UnsafeRawBufferPointer(picture.storage.bytes)) == expected)
    }

    @Test("a picture used again holds the next frame, bit for bit")
    func reusedPicture() throws {
        let format = PixelFormat(cfa: .bggr, bitDepth: 14, packing: .lsb)
        let developer = Developer(profile: .standard)
        let frames = (1...2).map {
            RawFrame(
                samples: noise(width: 50, height: 40, maximum: 16383, seed: $0), pixelFormat: format,
                orientation: .down)
        }
        let picture = try developer.develop(frames[0]).picture
        let next = try developer.develop(frames[1])
        try developer.develop(frames[1], parameters: next.parameters, into: picture)
        #expect(picture.allSamples == next.picture.allSamples)
    }

    @Test("says what is wrong with a frame")
    func errors() throws {
        let developer = Developer(profile: .standard)
        let tiny = RawFrame(samples: [[1, 2, 3]], pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 8))
        #expect(throws: ISPError.self) { try developer.develop(tiny) }
        let bright = RawFrame(
            samples: noise(width: 4, height: 4, maximum: 9), pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 8),
            blackLevel: 300)
        #expect(
            throws: ISPError.argument(field: "blackLevel", detail: "300.0 is outside 0…255.0, the frame's white level")
        ) {
            try developer.develop(bright)
        }
        let fine = RawFrame(
            samples: noise(width: 4, height: 4, maximum: 9), pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 8))
        #expect(throws: ISPError.self) { try developer.develop(fine, format: .gray8) }
        #expect(throws: ISPError.cancelled) { try developer.develop(fine, isCancelled: { true }) }
    }
}
