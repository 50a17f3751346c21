import Codecs
import ISP
import Imaging
import Tensors
import TestSupport
import Testing

/// A frame and the DNG written of it are the same picture.
@Suite struct DNGDevelopmentTests {
    enum Knowledge: CaseIterable { case nothing, gains, matrix, all }

    @Test("a frame develops as the DNG written of it does, whatever is known of it", arguments: Knowledge.allCases)
    func sameDevelopment(knowledge: Knowledge) throws {
        var random = SplitMix64(seed: 1)
        let samples = (0..<60).map { y in
            (0..<80).map { x in UInt16(200 + 9 * x + 20 * y + Int.random(in: 0..<600, using: &random)) }
        }
        var frame = RawFrame(
            samples: samples, pixelFormat: PixelFormat(cfa: .grbg, bitDepth: 12, packing: .csi2), blackLevel: 100,
            whiteLevel: 4000)
        if knowledge == .gains || knowledge == .all { frame.whiteBalanceGains = SIMD3(1.8, 1, 1.4) }
        if knowledge == .matrix || knowledge == .all {
            frame.cameraToSRGB = ColorMatrix([1.6, -0.4, -0.2, -0.3, 1.5, -0.2, 0, -0.6, 1.6])
        }
        if knowledge == .all {
            frame.lensShading = GainGrid(
                rows: 2, columns: 2, rowOrigin: 0, columnOrigin: 0, rowStep: 59, columnStep: 79,
                gains: [[1, 2, 1.5, 1], [1, 1, 2, 2], [1.25, 1, 1, 3], [2, 1, 1, 1]])
        }
        let reread = try DNGDecoder.decode(ByteStorage(DNGEncoder.encode(frame)))
        let developer = Developer(profile: .standard)
        let direct = try developer.develop(frame).picture.allSamples
        let through = try developer.develop(reread).picture.allSamples
        let worst = zip(direct.joined(), through.joined()).map { abs($0 - $1) }.max() ?? 255
        // Matrices in a DNG have six decimals.
        #expect(worst <= 1)
        let different = zip(direct.joined(), through.joined()).filter { $0 != $1 }.count
        #expect(different < direct.count / 50)
    }

    @Test("a frame's own gains are applied, unless the profile says none or brings its own")
    func shading() throws {
        var frame = RawFrame(
            samples: [[UInt16]](repeating: [UInt16](repeating: 1000, count: 8), count: 8),
            pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 16))
        frame.lensShading = GainGrid(
            rows: 1, columns: 1, rowOrigin: 0, columnOrigin: 0, rowStep: 1, columnStep: 1, gains: [[2], [3], [4], [5]])
        func mosaic(_ shading: ISPProfile.Shading) throws -> [Int] {
            let profile = ISPProfile(
                name: "t", whiteBalance: .gains(SIMD3(1, 1, 1)), demosaic: .bilinear, domain: .linear, color: .none,
                tone: .linear, lensShading: shading)
            let picture = try Developer(profile: profile).develop(frame, format: .rgb16).picture
            return [
                picture.samples(2, 2)[0], picture.samples(3, 2)[1], picture.samples(2, 3)[1], picture.samples(3, 3)[2],
            ]
        }
        #expect(try mosaic(.frame) == [2000, 3000, 4000, 5000])
        #expect(try mosaic(.none) == [1000, 1000, 1000, 1000])
        let own = LensShading(columns: 2, red: [6, 6, 6, 6], green: [7, 7, 7, 7], blue: [8, 8, 8, 8])
        #expect(try mosaic(.grid(own)) == [6000, 7000, 7000, 8000])
    }

    @Test("profiles name the source of the gains", arguments: [("frame", ISPProfile.Shading.frame), ("none", .none)])
    func profile(text: String, expected: ISPProfile.Shading) throws {
        let json = #"{"schema":"fovea.isp/1","name":"a","lensShading":"\#(text)"}"#
        let profile = try ISPProfile(json: Array(json.utf8))
        #expect(profile.lensShading == expected)
        #expect(try ISPProfile(json: Array(profile.canonicalJSON.utf8)) == profile)
    }
}
