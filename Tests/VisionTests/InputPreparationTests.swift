import Glibc
import Imaging
import Tensors
import TestSupport
import Testing
import Vision

@Suite("turning pictures into network inputs")
struct InputPreparationTests {
    /// Where sample positions along one axis come from, and with what weight, in real numbers.
    static func taps(_ i: Int, _ n: Int, _ m: Int, _ filter: ModelManifest.Input.Filter) -> [(Int, Double)] {
        let ratio = Double(n) / Double(m)
        if filter == .area && m <= n {
            let (a, b) = (Double(i) * ratio, Double(i + 1) * ratio)
            return (Int(a)..<min(n, Int(b.rounded(.up)))).map { j in
                (j, max(0, min(b, Double(j + 1)) - max(a, Double(j))) / ratio)
            }
        }
        let position = min(max((Double(i) + 0.5) * ratio - 0.5, 0), Double(n - 1))
        let first = min(Int(position), max(0, n - 2))
        let later = position - Double(first)
        return n == 1 ? [(0, 1)] : [(first, 1 - later), (first + 1, later)]
    }

    /// The network's value for one channel at one position, in real numbers.
    static func reference(
        _ picture: Picture, _ input: ModelManifest.Input, _ geometry: InputGeometry, channel: Int, x: Int, y: Int
    ) -> Double {
        let (source, target) = (geometry.source, geometry.target)
        var pixel = input.padValue
        if (target.x..<target.x + target.width).contains(x) && (target.y..<target.y + target.height).contains(y) {
            let columns = taps(x - target.x, source.width, target.width, input.filter)
            let rows = taps(y - target.y, source.height, target.height, input.filter)
            let wanted = input.colorOrder == .bgr ? 2 - channel : channel
            func value(_ c: Int) -> Double {
                var sum = 0.0
                for (j, wy) in rows {
                    for (i, wx) in columns { sum += wx * wy * Double(picture.sample(source.x + i, source.y + j, c)) }
                }
                return sum
            }
            if picture.format.channels == 1 {
                pixel = value(0)
            } else if input.colorOrder == .gray {
                pixel = (77 * value(0) + 150 * value(1) + 29 * value(2)) / 256
            } else {
                pixel = value(wanted)
            }
            if picture.format.bytesPerSample == 2 { pixel /= 257 }
        }
        return (pixel * input.scale - input.mean[channel]) / input.std[channel]
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let width: Int
        let height: Int
        let input: ModelManifest.Input
        var testDescription: String {
            "\(width)×\(height) → \(input.width)×\(input.height) \(input.fit) \(input.filter) \(input.layout) \(input.colorOrder)"
        }
    }

    static let cases = [
        Case(width: 97, height: 61, input: input(width: 32, height: 32, padValue: 127.5)),
        Case(
            width: 61, height: 97,
            input: input(width: 40, height: 24, colorOrder: .bgr, fit: .topLeftLetterbox, padValue: 114)),
        Case(width: 20, height: 15, input: input(width: 64, height: 64, fit: .stretch)),
        Case(width: 100, height: 9, input: input(width: 30, height: 30, fit: .stretch)),
        Case(
            width: 80, height: 50,
            input: input(
                width: 28, height: 28, layout: .nhwc, scale: 1, mean: [127, 126, 125], std: [128, 64, 32],
                fit: .centerCrop)),
        Case(width: 80, height: 50, input: input(width: 28, height: 20, colorOrder: .gray, scale: 1 / 255.0)),
        Case(width: 80, height: 50, input: input(width: 28, height: 20, fit: .stretch, filter: .bilinear)),
        Case(width: 1, height: 1, input: input(width: 8, height: 8)),
        Case(width: 1, height: 300, input: input(width: 8, height: 8, padValue: 3)),
        Case(width: 16, height: 16, input: input(width: 16, height: 16)),
    ]

    @Test("agrees with real arithmetic to a tenth of a grey level", arguments: cases, Picture.Format.allCases)
    func againstReference(test: Case, format: Picture.Format) throws {
        let picture = Picture.noise(test.width, test.height, format, seed: 5, slack: 3)
        let preparation = InputPreparation(input: test.input, pictureWidth: test.width, pictureHeight: test.height)
        let shape = Shape(test.input.dimensions(batch: 1))
        let tensor = Tensor(dataType: .float32, shape: shape)
        try preparation.prepare(picture, into: tensor)
        let values = tensor.array(of: Float.self)
        let (width, height, channels) = (test.input.width, test.input.height, test.input.colorOrder.channels)
        var worst = 0.0
        for channel in 0..<channels {
            for y in 0..<height {
                for x in 0..<width {
                    let index =
                        test.input.layout == .nchw
                        ? (channel * height + y) * width + x : (y * width + x) * channels + channel
                    let expected = Self.reference(
                        picture, test.input, preparation.geometry, channel: channel, x: x, y: y)
                    let unit = test.input.scale / test.input.std[channel]
                    worst = max(worst, abs(Double(values[index]) - expected) / unit)
                }
            }
        }
        #expect(worst < 0.1)
    }

    @Test("leaves a picture of the input's size as it is")
    func identity() throws {
        let picture = Picture.noise(33, 17, .rgb8)
        let input = input(width: 33, height: 17)
        let tensor = Tensor(dataType: .float32, shape: Shape(input.dimensions(batch: 1)))
        try InputPreparation(input: input, pictureWidth: 33, pictureHeight: 17).prepare(picture, into: tensor)
        let values = tensor.array(of: Float.self)
        for y in 0..<17 {
            for x in 0..<33 {
                for c in 0..<3 {
                    #expect(values[(c * 17 + y) * 33 + x] == Float(picture.sample(x, y, c)))
                }
            }
        }
    }

    @Test("keeps a uniform picture uniform, whatever the ratio", arguments: [(1000, 777), (417, 415), (3, 2)])
    func uniform(size: (Int, Int)) throws {
        for level in [UInt8(0), 1, 254, 255] {
            let picture = Picture(width: size.0, height: size.1, format: .rgb8)
            for byte in picture.storage.mutableBytes.indices { picture.storage.mutableBytes[byte] = level }
            let input = input(width: 64, height: 48, fit: .stretch)
            let tensor = Tensor(dataType: .float32, shape: Shape(input.dimensions(batch: 1)))
            try InputPreparation(input: input, pictureWidth: size.0, pictureHeight: size.1)
                .prepare(picture, into: tensor)
            #expect(tensor.array(of: Float.self).allSatisfy { $0 == Float(level) })
        }
    }

    @Test("gives the same bits however the work is cut")
    func threads() throws {
        let picture = Picture.noise(301, 203, .rgb8)
        let input = input(width: 96, height: 96, scale: 1 / 255.0, padValue: 127.5)
        let preparation = InputPreparation(input: input, pictureWidth: 301, pictureHeight: 203)
        let alone = Tensor(dataType: .float32, shape: Shape(input.dimensions(batch: 1)))
        let cut = Tensor(dataType: .float32, shape: Shape(input.dimensions(batch: 1)))
        try preparation.prepare(picture, into: alone)
        try preparation.prepare(picture, into: cut, parallelism: backwards)
        #expect(alone.digest == cut.digest)
        // The bits are part of the contract: this digest holds on every machine and at every level.
        #expect(alone.digest == "c9788e0cfa091d224e69dc04029e318dbfaa6e7a7f3c360296886f0c435034a1")
    }

    @Test("fills one place of a batch and touches no other")
    func batch() throws {
        let picture = Picture.noise(30, 20, .rgb8)
        let input = input(width: 16, height: 16)
        let preparation = InputPreparation(input: input, pictureWidth: 30, pictureHeight: 20)
        let one = Tensor(dataType: .float32, shape: Shape(input.dimensions(batch: 1)))
        let three = Tensor([Float](repeating: -7, count: 3 * 768), shape: Shape(input.dimensions(batch: 3)))
        try preparation.prepare(picture, into: one)
        try preparation.prepare(picture, into: three, item: 1)
        let values = three.array(of: Float.self)
        #expect(Array(values[768..<1536]) == one.array(of: Float.self))
        #expect(values[..<768].allSatisfy { $0 == -7 } && values[1536...].allSatisfy { $0 == -7 })
    }

    @Test("refuses a tensor of another shape or type, and a place outside the batch")
    func mismatch() {
        let picture = Picture.noise(30, 20, .rgb8)
        let input = input(width: 16, height: 16)
        let preparation = InputPreparation(input: input, pictureWidth: 30, pictureHeight: 20)
        for (tensor, item) in [
            (Tensor(dataType: .float32, shape: [1, 3, 16, 15]), 0),
            (Tensor(dataType: .float16, shape: [1, 3, 16, 16]), 0),
            (Tensor(dataType: .float32, shape: [3, 16, 16]), 0),
            (Tensor(dataType: .float32, shape: [2, 3, 16, 16]), 2),
            (Tensor(dataType: .float32, shape: [0, 3, 16, 16]), 0),
        ] {
            #expect(throws: VisionError.self) { try preparation.prepare(picture, into: tensor, item: item) }
        }
    }

    @Test(
        "gives the bits of the upright picture for rows of one stored in any orientation",
        arguments: Orientation.allCases, Picture.Format.allCases)
    func orientations(orientation: Orientation, format: Picture.Format) throws {
        let stored = Picture.noise(93, 61, format, seed: 9)
        let upright = stored.uprighted(from: orientation)
        for input in [
            input(width: 32, height: 32, colorOrder: .bgr, padValue: 127.5),
            input(width: 41, height: 24, layout: .nhwc, mean: [1, 2, 3], std: [4, 5, 6], fit: .topLeftLetterbox),
            input(width: 28, height: 20, colorOrder: .gray, fit: .centerCrop),
            input(width: 30, height: 30, fit: .stretch, filter: .bilinear),
            input(width: 100, height: 70, fit: .stretch),
        ] {
            let shape = Shape(input.dimensions(batch: 1))
            let expected = Tensor(dataType: .float32, shape: shape)
            try InputPreparation(input: input, pictureWidth: upright.width, pictureHeight: upright.height)
                .prepare(upright, into: expected)
            let preparation = InputPreparation(
                input: input, pictureWidth: upright.width, pictureHeight: upright.height, orientation: orientation)
            for parallelism in [Parallelism.serial, backwards] {
                let found = Tensor(
                    [Float](repeating: -7, count: shape.elementCount), shape: shape)
                try preparation.prepare(
                    StoredRows(picture: stored, orientation: orientation), into: found, parallelism: parallelism)
                #expect(found.digest == expected.digest, "\(input.fit) \(input.layout) \(input.colorOrder)")
            }
        }
    }

    @Test("stops asking for rows once it is cancelled")
    func cancellation() throws {
        let input = input(width: 32, height: 32)
        let rows = StoredRows(picture: .noise(64, 64, .rgb8), orientation: .right)
        let preparation = InputPreparation(
            input: input, pictureWidth: 64, pictureHeight: 64, orientation: .right)
        let tensor = Tensor([Float](repeating: -7, count: 3 * 32 * 32), shape: Shape(input.dimensions(batch: 1)))
        try preparation.prepare(rows, into: tensor, isCancelled: { true })
        #expect(tensor.array(of: Float.self).allSatisfy { $0 == -7 })
    }
}

/// Rows of a stored picture that live only as long as the contract promises.
private struct StoredRows: PictureRows {
    let picture: Picture
    let orientation: Orientation
    var width: Int { picture.width }
    var height: Int { picture.height }
    var format: Picture.Format { picture.format }

    func makeReader(window: Int) -> any PictureRowReader { Reader(picture, window: window) }

    private final class Reader: PictureRowReader {
        private let picture: Picture
        private let rowByteCount: Int
        private var given: [(y: Int, storage: ByteStorage)] = []
        private let window: Int

        init(_ picture: Picture, window: Int) {
            self.picture = picture
            self.window = window
            rowByteCount = picture.width * picture.format.bytesPerPixel
        }

        func row(_ y: Int) -> UnsafePointer<UInt8> {
            if let held = given.first(where: { $0.y == y }) {
                return UnsafePointer(held.storage.base.assumingMemoryBound(to: UInt8.self))
            }
            precondition(given.allSatisfy { $0.y < y }, "rows are asked for in rising order")
            while let first = given.first, first.y <= y - window {
                memset(first.storage.base, 0xEE, first.storage.byteCount)
                outdated.append(given.removeFirst().storage)
            }
            let storage = ByteStorage(byteCount: rowByteCount + 8)
            storage.base.copyMemory(from: picture.row(y), byteCount: rowByteCount)
            given.append((y, storage))
            return UnsafePointer(storage.base.assumingMemoryBound(to: UInt8.self))
        }

        /// Kept, so that whoever reads too late finds wrong values and not somebody else's memory.
        private var outdated: [ByteStorage] = []
    }
}
