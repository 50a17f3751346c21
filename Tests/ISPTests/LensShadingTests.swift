import CKernels
import ISP
import Imaging
import TestSupport
import Testing

@Suite("Lens shading")
struct LensShadingTests {
    /// 3 columns, 2 rows.
    private static let shading = LensShading(
        columns: 3, red: [4, 1, 2, 1, 1, 3], green: [2, 1, 2, 1, 1.5, 1], blue: [1, 1, 1, 1, 1, 8])

    private func gain(_ points: [Double], _ y: Int, _ x: Int, _ size: (width: Int, height: Int)) -> Double {
        let across = 2 * Double(x) / Double(size.width - 1)
        let down = Double(y) / Double(size.height - 1)
        let left = min(1, Int(across))
        let part = across - Double(left)
        func along(_ row: Int) -> Double { points[3 * row + left] * (1 - part) + points[3 * row + left + 1] * part }
        return along(0) * (1 - down) + along(1) * down
    }

    @Test("multiplies linear light by the grid's gains, bilinear up to the corners", arguments: CFAPattern.allCases)
    func gains(cfa: CFAPattern) throws {
        for (width, height) in [(41, 23), (2, 2), (64, 33)] {
            let samples = [[UInt16]](repeating: [UInt16](repeating: 3000, count: width), count: height)
            let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 16))
            let profile = ISPProfile(
                name: "t", whiteBalance: .gains(SIMD3(1, 1, 1)), demosaic: .bilinear, domain: .linear, color: .none,
                tone: .linear, lensShading: .grid(Self.shading))
            let picture = try Developer(profile: profile).develop(frame, format: .rgb16).picture
            for y in 0..<height {
                for x in 0..<width {
                    let color = cfa.color(row: y, column: x).rawValue
                    let points = [Self.shading.red, Self.shading.green, Self.shading.blue][color]
                    let expected = 3000 * gain(points, y, x, (width, height))
                    #expect(abs(Double(picture.samples(x, y)[color]) - expected) <= 0.51)
                }
            }
        }
    }

    @Test(
        "undoes what darkens a flat field, at half size too and in the square-root domain", arguments: Demosaic.builtIn
    )
    func flatField(demosaic: Demosaic) throws {
        let (width, height) = (80, 60)
        let cfa = CFAPattern.gbrg
        let samples = (0..<height).map { y in
            (0..<width).map { x -> UInt16 in
                let points = [Self.shading.red, Self.shading.green, Self.shading.blue]
                let gain = gain(points[cfa.color(row: y, column: x).rawValue], y, x, (width, height))
                return UInt16((64 + 40000 / gain).rounded())
            }
        }
        let frame = RawFrame(samples: samples, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 16), blackLevel: 64)
        let profile = ISPProfile(
            name: "t", whiteBalance: .gains(SIMD3(1, 1, 1)), demosaic: demosaic, color: .none, tone: .linear,
            lensShading: .grid(Self.shading))
        let picture = try Developer(profile: profile).develop(frame, format: .rgb16).picture
        for pixel in picture.allSamples { for value in pixel { #expect(abs(value - 40039) <= 20) } }
    }

    @Test("every level computes the same bits")
    func levels() {
        #if arch(x86_64)
        var random = SplitMix64(seed: 4)
        for width in [1, 15, 33, 100] {
            let room = width + 32
            let raw = (0..<room).map { _ in UInt16.random(in: 0...65535, using: &random) }
            let upper = (0..<room).map { _ in Float.random(in: 1...16, using: &random) }
            let lower = (0..<room).map { _ in Float.random(in: 1...16, using: &random) }
            for root: Int32 in [0, 1] {
                let scale: Float = root == 1 ? 65535 : 1
                var linearity = ck_linearity(black: (64, 65), scale: (scale, scale * 0.7), root: root)
                func row(
                    _ kernel: (UnsafePointer<UInt16>, UnsafePointer<ck_shading>, UnsafeMutablePointer<UInt16>) -> Void
                )
                    -> [UInt16]
                {
                    var target = [UInt16](repeating: 0, count: room)
                    upper.withUnsafeBufferPointer { upper in
                        lower.withUnsafeBufferPointer { lower in
                            var shading = ck_shading(
                                upper: upper.baseAddress, lower: lower.baseAddress, weight: 0.3)
                            kernel(raw, &shading, &target)
                        }
                    }
                    return Array(target[..<width])
                }
                let portable = row { ck_u16_linearize_shaded__portable($0, width, &linearity, $1, $2) }
                if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
                    #expect(row { ck_u16_linearize_shaded__avx2($0, width, &linearity, $1, $2) } == portable)
                }
                if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
                    #expect(row { ck_u16_linearize_shaded__avx512($0, width, &linearity, $1, $2) } == portable)
                }
            }
        }
        #endif
    }

    @Test("reads back from its canonical text, and a profile without it keeps its hash")
    func canonical() throws {
        let profile = ISPProfile(name: "lens", lensShading: .grid(Self.shading))
        #expect(
            profile.canonicalJSON.contains(
                #""domain":"squareRoot","lensShading":{"blue":[1,1,1,1,1,8],"columns":3,"green":[2,1,2,1,1.5,1],"red":[4,1,2,1,1,3]},"name":"lens""#
            ))
        #expect(try ISPProfile(json: Array(profile.canonicalJSON.utf8)) == profile)
        #expect(profile.sha256 != ISPProfile(name: "lens").sha256)
    }

    @Test(
        "names the key at fault",
        arguments: [
            ("lensShading", "[]"), ("lensShading.columns", #"{"red":[1,1,1,1]}"#),
            ("lensShading.columns", #"{"columns":0,"red":[1,1,1,1],"green":[1,1,1,1],"blue":[1,1,1,1]}"#),
            ("lensShading.columns", #"{"columns":1e300,"red":[1,1,1,1],"green":[1,1,1,1],"blue":[1,1,1,1]}"#),
            ("lensShading.blue", #"{"columns":2,"red":[1,1,1,1],"green":[1,1,1,1]}"#),
            ("lensShading.red", #"{"columns":2,"red":[1,1,1,1,1],"green":[1,1,1,1],"blue":[1,1,1,1]}"#),
            ("lensShading.blue", #"{"columns":2,"red":[1,1,1,1],"green":[1,1,1,1],"blue":[1,1,1,1,1,1]}"#),
            ("lensShading.green[2]", #"{"columns":2,"red":[1,1,1,1],"green":[1,1,0.5,1],"blue":[1,1,1,1]}"#),
            ("lensShading.grid", #"{"columns":2,"grid":[]}"#),
        ])
    func errors(key: String, shading: String) {
        do {
            _ = try ISPProfile(json: Array(#"{"schema":"fovea.isp/1","name":"a","lensShading":\#(shading)}"#.utf8))
            Issue.record("accepted \(shading)")
        } catch .profile(let found, _) {
            #expect(found == key)
        } catch {
            Issue.record("\(error)")
        }
    }
}
