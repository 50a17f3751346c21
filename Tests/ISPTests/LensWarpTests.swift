import ISP
import Imaging
import Tensors
import TestSupport
import Testing

/// Distortion undone on the way to a picture.
@Suite struct LensWarpTests {
    private func frame(_ width: Int, _ height: Int, orientation: Orientation = .up) -> RawFrame {
        var generator = SplitMix64(seed: 9)
        let storage = ByteStorage(byteCount: width * height)
        for index in 0..<width * height { storage.mutableBytes[index] = UInt8.random(in: 0...255, using: &generator) }
        return RawFrame(
            width: width, height: height, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 8), storage: storage,
            whiteBalanceGains: SIMD3(1, 1, 1), orientation: orientation)
    }

    private func warp(_ width: Int, _ height: Int, planes: [LensWarp.Plane]) -> LensWarp {
        LensWarp(
            planes: planes, centerX: Double(width) * 0.45, centerY: Double(height) * 0.6,
            radius: Double(width * width + height * height).squareRoot() / 2)
    }

    private func catmullRom(_ t: Double) -> [Double] {
        [
            (2 * t * t - t - t * t * t) / 2, (3 * t * t * t - 5 * t * t + 2) / 2, (4 * t * t + t - 3 * t * t * t) / 2,
            (t * t * t - t * t) / 2,
        ]
    }

    /// `picture` straightened by the definition.
    private func straightened(_ picture: Picture, _ warp: LensWarp) -> [[Double]] {
        func sample(_ x: Int, _ y: Int, _ channel: Int) -> Double {
            let (x, y) = (min(max(x, 0), picture.width - 1), min(max(y, 0), picture.height - 1))
            return Double(picture.row(y).load(fromByteOffset: 3 * x + channel, as: UInt8.self))
        }
        return (0..<picture.height).map { y in
            (0..<3 * picture.width).map { index in
                let (x, channel) = (index / 3, index % 3)
                let plane = warp.planes[warp.planes.count == 1 ? 0 : channel]
                let (dx, dy) = ((Double(x) - warp.centerX) / warp.radius, (Double(y) - warp.centerY) / warp.radius)
                let r2 = dx * dx + dy * dy
                let (k, t) = (plane.radial, plane.tangential)
                let f = k[0] + k[1] * r2 + k[2] * r2 * r2 + k[3] * r2 * r2 * r2
                let px = warp.centerX + warp.radius * (f * dx + 2 * t[0] * dx * dy + t[1] * (r2 + 2 * dx * dx))
                let py = warp.centerY + warp.radius * (f * dy + 2 * t[1] * dx * dy + t[0] * (r2 + 2 * dy * dy))
                let column = min(max(px, 0), Double(picture.width - 1))
                let row = min(max(py, 0), Double(picture.height - 1))
                let (across, down) = (catmullRom(column - column.rounded(.down)), catmullRom(row - row.rounded(.down)))
                var value = 0.0
                for i in 0..<4 {
                    for j in 0..<4 {
                        value += down[i] * across[j] * sample(Int(column) + j - 1, Int(row) + i - 1, channel)
                    }
                }
                return min(max(value, 0), 255)
            }
        }
    }

    @Test(
        "every pixel is taken from where the definition says, in bands and rows as in whole pictures",
        arguments: [
            [LensWarp.Plane(radial: SIMD4(1, 0.08, -0.03, 0.01), tangential: SIMD2(0.01, -0.02))],
            [
                LensWarp.Plane(radial: SIMD4(1.01, -0.2, 0, 0), tangential: SIMD2(0, 0)),
                LensWarp.Plane(radial: SIMD4(1, -0.2, 0, 0), tangential: SIMD2(0, 0)),
                LensWarp.Plane(radial: SIMD4(0.98, -0.2, 0.1, 0), tangential: SIMD2(0, 0)),
            ],
        ])
    func definition(planes: [LensWarp.Plane]) throws {
        let developer = Developer(profile: .standard)
        var source = frame(90, 70)
        let bent = try developer.develop(source).picture
        source.lensWarp = warp(90, 70, planes: planes)
        let straight = try developer.develop(source).picture
        let expected = straightened(bent, try #require(source.lensWarp))
        for y in 0..<70 {
            for index in 0..<270 {
                let value = Double(straight.row(y).load(fromByteOffset: index, as: UInt8.self))
                #expect(abs(value - expected[y][index]) <= 0.51)
            }
        }
        let threads = Parallelism(width: 2) { count, piece in for index in 0..<count { piece(index) } }
        let banded = try developer.develop(source, parallelism: threads).picture
        let rows = try developer.rows(of: source, parameters: developer.parameters(for: source))
        let reader = rows.makeReader(window: 3)
        for y in 0..<70 {
            let line = UnsafeRawBufferPointer(start: straight.row(y), count: 270)
            #expect(line.elementsEqual(UnsafeRawBufferPointer(start: banded.row(y), count: 270)))
            #expect(line.elementsEqual(UnsafeRawBufferPointer(start: reader.row(y), count: 270)))
        }
    }

    @Test("a warp to nowhere leaves no more than the edges, and no crash", arguments: [1e3, -1e3, 0])
    func extremes(scale: Double) throws {
        var source = frame(40, 36, orientation: .left)
        source.lensWarp = warp(
            40, 36,
            planes: [.init(radial: SIMD4(scale, scale, scale, scale), tangential: SIMD2(scale, -scale))])
        let picture = try Developer(profile: .standard).develop(source).picture
        #expect((picture.width, picture.height) == (36, 40))
    }

    @Test("a profile without lens corrections leaves the picture bent")
    func switchedOff() throws {
        var profile = ISPProfile.standard
        profile.lensShading = .none
        var source = frame(40, 36)
        let bent = try Developer(profile: profile).develop(source).picture
        source.lensWarp = warp(40, 36, planes: [.init(radial: SIMD4(1, 0.2, 0, 0), tangential: SIMD2(0, 0))])
        let still = try Developer(profile: profile).develop(source).picture
        #expect(bent.storage.bytes.elementsEqual(still.storage.bytes))
        withExtendedLifetime((bent, still)) {}
    }
}
