import ISP
import Imaging
import Pipeline
import Tensors
import TestSupport
import Testing

/// demosaicnet through the inference engine.
@Suite struct LearnedDemosaicTests {
    private static let models = Repository.root + "/models"
    private let network = LearnedDemosaic(models: models)

    private func noise(_ count: Int) -> [Float] {
        var generator = SplitMix64(seed: 5)
        return (0..<count).map { _ in Float.random(in: 0...1, using: &generator) }
    }

    /// A soft wave of colours, so that interpolated values have something to be near to.
    private func frame(_ width: Int, _ height: Int, _ cfa: CFAPattern, orientation: Orientation = .up) -> RawFrame {
        let storage = ByteStorage(byteCount: 2 * width * height)
        let words = storage.base.assumingMemoryBound(to: UInt16.self)
        for y in 0..<height {
            for x in 0..<width { words[y * width + x] = UInt16(light(x, y, cfa.color(row: y, column: x).rawValue)) }
        }
        return RawFrame(
            width: width, height: height, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 16), storage: storage,
            orientation: orientation)
    }

    private func light(_ x: Int, _ y: Int, _ color: Int) -> Int {
        20_000 + 40 * ((x + 2 * y + 30 * color) % 256) + 6000 * color
    }

    @Test("a tile's pixels are those of a larger one, bit for bit")
    func seams() throws {
        let (side, large) = (160, 224)
        let samples = noise(4 * large * large)
        let whole = try network.interpolate(
            Tensor(samples, shape: Shape([1, 4, large, large])), isCancelled: { false })
        let wholeSide = 2 * large - 62
        for (top, left) in [(0, 0), (64, 64), (0, 64), (32, 14)] {
            let part = (0..<4 * side * side).map { index in
                let (plane, row, column) = (index / side / side, index / side % side, index % side)
                return samples[(plane * large + row + top) * large + column + left]
            }
            let pixels = try network.interpolate(
                Tensor(part, shape: Shape([1, 4, side, side])), isCancelled: { false })
            let tileSide = 2 * side - 62
            let (a, b) = (pixels.array(of: Float.self), whole.array(of: Float.self))
            var differing = 0
            for plane in 0..<3 {
                for y in 0..<tileSide {
                    for x in 0..<tileSide {
                        let tile = a[(plane * tileSide + y) * tileSide + x]
                        let other = b[(plane * wholeSide + y + 2 * top) * wholeSide + x + 2 * left]
                        if tile.bitPattern != other.bitPattern { differing += 1 }
                    }
                }
            }
            #expect(differing == 0, "a tile that begins at quad \(top), \(left)")
        }
    }

    @Test("keeps samples, finds the colours between them, in all orders and odd sizes", arguments: CFAPattern.allCases)
    func orders(cfa: CFAPattern) throws {
        let source = frame(75, 61, cfa)
        let picture = try demosaicOnly(
            source, method: .demosaicnet, domain: .squareRoot, format: .rgb16, network: network)
        var worst = 0
        for y in 8..<53 {
            for x in 8..<67 {
                for channel in 0..<3 {
                    let value = Int(picture.row(y).load(fromByteOffset: 6 * x + 2 * channel, as: UInt16.self))
                    let isSampled = cfa.color(row: y, column: x).rawValue == channel
                    let expected = light(x, y, channel)
                    // The wave falls by 10,200 at once every 256 steps: a few pixels around that are anybody's guess.
                    let step = (x + 2 * y + 30 * channel) % 256
                    if isSampled { #expect(abs(value - expected) <= 4) }
                    if (20...235).contains(step) { worst = max(worst, abs(value - expected)) }
                }
            }
        }
        #expect(worst < 1500)
    }

    @Test("gives the same picture on several threads, row by row and turned")
    func bands() throws {
        var profile = ISPProfile.standard
        profile.demosaic = .demosaicnet
        let developer = Developer(profile: profile, network: network)
        let source = frame(300, 270, .gbrg)
        let serial = try developer.develop(source).picture
        let threads = Parallelism(width: 3) { count, piece in for index in 0..<count { piece(index) } }
        let banded = try developer.develop(source, parallelism: threads).picture
        let rows = try developer.rows(of: source, parameters: developer.parameters(for: source)).makeReader(window: 2)
        for y in 0..<270 {
            let row = UnsafeRawBufferPointer(start: serial.row(y), count: 900)
            #expect(row.elementsEqual(UnsafeRawBufferPointer(start: banded.row(y), count: 900)))
            #expect(row.elementsEqual(UnsafeRawBufferPointer(start: rows.row(y), count: 900)))
        }
    }

    @Test("names what is missing, and stops when asked to")
    func errors() throws {
        let source = frame(40, 40, .rggb)
        var profile = ISPProfile.standard
        profile.demosaic = .demosaicnet
        #expect(throws: ISPError.self) { try Developer(profile: profile).develop(source) }
        let folder = try TemporaryDirectory()
        let elsewhere = Developer(profile: profile, network: LearnedDemosaic(models: folder.path))
        #expect {
            try elsewhere.develop(source)
        } throws: {
            "\($0)".contains("network.onnx")
        }
        #expect(throws: ISPError.cancelled) {
            try Developer(profile: profile, network: network).develop(source, isCancelled: { true })
        }
        #expect(profile.canonicalJSON.contains("\"network\":\"\(Demosaic.networkSHA256.prefix(8))\""))
    }
}
