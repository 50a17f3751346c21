import Imaging
import Tensors
import TestSupport
import Testing
import Vision

#if canImport(Glibc)
import Glibc
#endif

@Suite("drawing answers on pictures")
struct DrawingTests {
    static func detection(_ box: [Float], _ label: String, _ classID: Int, _ score: Float) -> FrameResult.Detection {
        FrameResult.Detection(box: box, normalizedBox: [0, 0, 1, 1], label: label, classID: classID, score: score)
    }

    /// A picture with light, dark and busy parts.
    static func scene(_ width: Int, _ height: Int, _ format: Picture.Format = .rgb8) -> Picture {
        let picture = Picture(width: width, height: height, format: format)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<format.channels {
                    let wave = (x * 255 / width + (channel + 1) * y * 90 / height + (x / 16 + y / 16) % 2 * 40) % 256
                    let index = x * format.channels + channel
                    if format.bytesPerSample == 1 {
                        picture.row(y).storeBytes(of: UInt8(wave), toByteOffset: index, as: UInt8.self)
                    } else {
                        picture.row(y).storeBytes(of: UInt16(wave * 257), toByteOffset: 2 * index, as: UInt16.self)
                    }
                }
            }
        }
        return picture
    }

    static let boxes = [
        detection([60, 80, 300, 330], "dog", 16, 0.874), detection([280, 40, 620, 400], "café au lait", 41, 0.5),
        detection([10, 5, 150, 120], "person", 0, 0.995), detection([500, 380, 639, 479], "potted plant", 58, 0.31),
        detection([300, 200, 320, 215], "ball", 32, 0.27), detection([62, 84, 310, 338], "wolf", 17, 0.3),
    ]

    static let classes = [
        FrameResult.Classification(label: "Border collie", classID: 232, score: 0.707),
        FrameResult.Classification(label: "collie", classID: 231, score: 0.21),
        FrameResult.Classification(label: "Shetland sheepdog", classID: 230, score: 0.034),
    ]

    /// To see them and to take the digests anew: FOVEA_WRITE_DRAWINGS=folder swift test --filter DrawingTests
    static func keep(_ picture: Picture, _ name: String) {
        guard let folder = getenv("FOVEA_WRITE_DRAWINGS"),
            let file = fopen("\(String(cString: folder))/\(name).ppm", "w")
        else { return }
        let header = "P6 \(picture.width) \(picture.height) 255\n"
        let bytes = Array(header.utf8) + picture.pixelBytes
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        print("\(name): \(SHA256.hex(of: picture.pixelBytes))")
    }

    @Test(
        "draws the same pixels on every machine",
        arguments: [
            ("boxes", Picture.Format.rgb8, "2c265e0eb258d4f49595e1be603fccb8aff9b5c296cddb5e2f29bf663ab5a89c"),
            ("boxes-gray", .gray8, "b26b77915fb4f23038979ad151d67fde42e85f06c1998bf101d307e136c52c59"),
            ("boxes-rgb16", .rgb16, "2c265e0eb258d4f49595e1be603fccb8aff9b5c296cddb5e2f29bf663ab5a89c"),
            ("classes", .rgb8, "4c0937e2edc1bc65978ca0aa0da8744bf7371b84aebd509597283a8752a765fc"),
        ])
    func golden(name: String, format: Picture.Format, digest: String) {
        let scene = Self.scene(640, 480, format)
        let drawn =
            name == "classes"
            ? Annotator().annotated(scene, classifications: Self.classes)
            : Annotator().annotated(scene, detections: Self.boxes)
        Self.keep(drawn, name)
        #expect(drawn.format == .rgb8)
        #expect(SHA256.hex(of: drawn.pixelBytes) == digest)
    }

    @Test("fits lines and letters to large and small pictures", arguments: [(2592, 1944), (160, 120), (64, 48)])
    func sizes(width: Int, height: Int) {
        let scale = Float(width) / 640
        let boxes = Self.boxes.map { box in
            Self.detection(box.box.map { $0 * scale }, box.label, box.classID, box.score)
        }
        let drawn = Annotator().annotated(Self.scene(width, height), detections: boxes)
        Self.keep(drawn, "boxes-\(width)")
        #expect(drawn.pixelBytes != Self.scene(width, height).pixelBytes)
    }

    @Test("leaves the original alone, and a picture without answers as it is")
    func purity() {
        let scene = Self.scene(120, 90)
        let before = scene.pixelBytes
        _ = Annotator().annotated(scene, detections: Self.boxes)
        #expect(scene.pixelBytes == before)
        #expect(Annotator().annotated(scene).pixelBytes == before)
    }

    @Test("draws on tiny and odd pictures", arguments: [(1, 1), (2, 1), (1, 9), (20, 3), (3, 40), (25, 25)])
    func tiny(width: Int, height: Int) {
        let (w, h) = (Float(width), Float(height))
        let boxes = [
            Self.detection([0, 0, w, h], "everything", 1, 1), Self.detection([-50, -50, 900, 900], "more", 2, 0.5),
            Self.detection([w, h, w, h], "nothing", 3, 0.5), Self.detection([0, 0, 0, 0], "", -3, .nan),
        ]
        for format in Picture.Format.allCases {
            let drawn = Annotator().annotated(
                Picture.noise(width, height, format), detections: boxes, classifications: Self.classes)
            #expect(drawn.width == width && drawn.height == height)
        }
    }

    static let labels = [
        "", " ", "\n\t\0", "日本語", "👩‍👩‍👧", "e\u{301}", String(repeating: "W", count: 10_000), "ÀÿßØ…", "a\u{202E}b",
    ]

    @Test("draws any label inside the picture", arguments: labels)
    func oddLabels(label: String) {
        let boxes = [
            Self.detection([250, 0, 300, 20], label, 7, 0.5), Self.detection([0, 150, 20, 200], label, 8, 0.5),
        ]
        let classes = [FrameResult.Classification(label: label, classID: 0, score: 0.5)]
        let drawn = Annotator().annotated(Self.scene(300, 200), detections: boxes, classifications: classes)
        #expect(drawn.pixelBytes.count == 300 * 200 * 3)
    }

    @Test("ignores boxes that are not four finite numbers")
    func brokenBoxes() {
        let scene = Self.scene(100, 80)
        let boxes = [
            Self.detection([], "a", 0, 1), Self.detection([1, 2, 3], "b", 0, 1),
            Self.detection([.nan, 0, 10, 10], "c", 0, 1), Self.detection([0, 0, .infinity, 10], "d", 0, 1),
            Self.detection([200, 0, 300, 50], "e", 0, 1),
        ]
        #expect(Annotator().annotated(scene, detections: boxes).pixelBytes == scene.pixelBytes)
    }

    @Test("hundreds of boxes stay inside and are all drawn")
    func crowd() {
        var random = SplitMix64(seed: 21)
        let boxes = (0..<300).map { index in
            let (x, y) = (Float.random(in: 0...600, using: &random), Float.random(in: 0...440, using: &random))
            return Self.detection(
                [x, y, x + Float.random(in: 0...200, using: &random), y + Float.random(in: 0...200, using: &random)],
                "thing \(index)", index, Float.random(in: 0...1, using: &random))
        }
        let drawn = Annotator().annotated(Self.scene(640, 480), detections: boxes)
        Self.keep(drawn, "crowd")
        #expect(drawn.pixelBytes != Self.scene(640, 480).pixelBytes)
    }
}
