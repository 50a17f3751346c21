import Testing
import Vision

@Suite("telling head families")
struct RecognitionTests {
    private static func network(
        _ outputs: [(String, [Int], Bool)], side: Int = 64, metadata: [String: String] = [:]
    ) -> NetworkSignature {
        NetworkSignature(
            inputName: "images", layout: .nchw, channels: 3, width: side, height: side,
            outputs: outputs.map { .init(name: $0.0, dimensions: $0.1, sumsToOne: $0.2) }, metadata: metadata)
    }

    /// For an input of 64 × 64: 64, 16 and 4 cells of strides 8, 16 and 32, 1 of stride 64.
    private static let cases: [([(String, [Int], Bool)], [String: String], ModelManifest.Head)] = [
        ([("o", [1, 84, 84], false)], [:], .yolov8(classes: 80, output: "o")),
        ([("o", [1, 7, 84], false)], [:], .yolov8(classes: 3, output: "o")),
        ([("o", [1, 84, 85], false)], [:], .yolox(.init(classes: 80, strides: [8, 16, 32], output: "o"))),
        ([("o", [1, 252, 85], false)], [:], .yolov5(classes: 80, output: "o")),
        ([("o", [1, 252, 9], false), ("raw", [1, 3, 8, 8, 9], false)], [:], .yolov5(classes: 4, output: "o")),
        (
            [("o", [1, 85, 112], false)], [:],
            .nanodet(.init(classes: 80, output: "o", strides: [8, 16, 32, 64], bins: 7))
        ),
        (
            [("o", [1, 84, 112], false)], [:],
            .nanodet(.init(classes: 80, output: "o", strides: [8, 16, 32], bins: 7, offset: 0.5))
        ),
        (
            [("b", [1, 100, 4], false), ("l", [1, 100, 92], false)], [:],
            .detr(.init(classes: 91, boxes: "b", scores: "l", activation: .softmax))
        ),
        (
            [("l", [1, 300, 80], false), ("b", [1, 300, 4], false)], [:],
            .detr(.init(classes: 80, boxes: "b", scores: "l", activation: .sigmoid))
        ),
        (
            [("b", [1, 3000, 4], false), ("s", [1, 3000, 21], true)], [:],
            .ssd(.init(classes: 21, boxes: "b", scores: "s", background: 0, coordinates: .normalized))
        ),
        ([("o", [1, 1000], false)], [:], .classification(.init(classes: 1000, output: "o", activation: .softmax))),
        ([("o", [1, 10], true)], [:], .classification(.init(classes: 10, output: "o", activation: .none))),
        ([("o", [1, 21, 64, 64], false)], [:], .segmentation(classes: 21, output: "o")),
        (
            [
                ("h", [1, 1, 16, 16], false), ("s", [1, 2, 16, 16], false), ("o", [1, 2, 16, 16], false),
                ("l", [1, 10, 16, 16], false),
            ],
            [:], .centerFace(.init(heatmap: "h", sizes: "s", offsets: "o", landmarks: "l"))
        ),
        (
            [("fine", [1, 24, 4, 4], false), ("coarse", [1, 24, 2, 2], false)], [:],
            .yolov3(
                .init(
                    classes: 3,
                    scales: [
                        .init(output: "coarse", stride: 32, anchors: [[81, 82], [135, 169], [344, 319]]),
                        .init(output: "fine", stride: 16, anchors: [[23, 27], [37, 58], [81, 82]]),
                    ]))
        ),
    ]

    @Test("by the shapes of the outputs", arguments: cases.indices)
    func families(index: Int) throws {
        let (outputs, metadata, head) = Self.cases[index]
        let found = try HeadRecognition(Self.network(outputs, metadata: metadata))
        #expect(found.head == head)
        #expect(found.labels.count == head.classes)
    }

    @Test("pose networks by 17 points or by what their file says")
    func pose() throws {
        let body = try HeadRecognition(Self.network([("o", [1, 56, 84], false)]))
        #expect(body.head.family == "pose" && body.labels == ["person"])
        let hand = try HeadRecognition(Self.network([("o", [1, 68, 84], false)], metadata: ["task": "pose"]))
        guard case .pose(let keypoints, _) = hand.head else {
            Issue.record("\(hand.head)")
            return
        }
        #expect(keypoints.count == 21)
    }

    @Test("labels come from the file, from COCO, or are numbers; given ones decide")
    func labels() throws {
        let names = ["names": #"{0: 'cat', 1: "dog's", 2: 'x: y'}"#]
        #expect(
            try HeadRecognition(Self.network([("o", [1, 7, 84], false)], metadata: names)).labels == [
                "cat", "dog's", "x: y",
            ])
        #expect(try HeadRecognition(Self.network([("o", [1, 84, 84], false)])).labels[16] == "dog")
        #expect(try HeadRecognition(Self.network([("o", [1, 6, 84], false)])).labels == ["class 0", "class 1"])
        #expect(throws: VisionError.self) {
            try HeadRecognition(Self.network([("o", [1, 7, 84], false)]), labels: ["a", "b"])
        }
        let network = Self.network([("b", [1, 50, 4], false), ("l", [1, 50, 3], false)])
        let detr = try HeadRecognition(network, labels: ["a", "b", "c"])
        #expect(detr.head == .detr(.init(classes: 3, boxes: "b", scores: "l", activation: .sigmoid)))
    }

    @Test("what no family has is refused with its shapes")
    func unknown() throws {
        let error = #expect(throws: VisionError.self) {
            try HeadRecognition(Self.network([("o", [1, 5, 5, 5, 5], false)]))
        }
        #expect("\(try #require(error))".contains("[1, 5, 5, 5, 5]"))
        #expect(throws: VisionError.self) {
            try HeadRecognition(Self.network([("o", [1, 1000], false)]), family: "ssd")
        }
        #expect(throws: VisionError.self) {
            try HeadRecognition(Self.network([("o", [1, 1000], false)]), family: "nonsense")
        }
    }

    @Test("manifests of every family read back as they were written", arguments: cases.indices)
    func writing(index: Int) throws {
        let network = Self.network(Self.cases[index].0)
        let found = try HeadRecognition(network)
        let digest = String(repeating: "a", count: 64)
        let manifest = ModelManifest(
            name: "a-model", title: "A \"model\"", task: found.task,
            versions: [.init(version: "1", sha256: digest, precision: .fp32)],
            input: .usual(for: found.head, network: network), head: found.head, thresholds: .usual(for: found.task),
            labels: found.labels, license: "MIT", source: .init(url: "u", package: "p", file: "f", sha256: digest),
            rebuild: "make")
        #expect(try ModelManifest(json: manifest.json) == manifest)
    }
}
