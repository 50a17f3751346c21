import Tensors
import TestSupport
import Testing
import Vision

@Suite("model manifests")
struct ManifestTests {
    @Test(
        "the shipped manifests describe the files beside them",
        arguments: ["yolov3-tiny", "efficientnet-lite0", "centerface"])
    func shippedModels(name: String) throws {
        let manifest = try shippedManifest(name)
        #expect(manifest.name == name)
        #expect(manifest.labels.count == manifest.head.classes)
        #expect(Set(manifest.labels).count == manifest.labels.count)
        for version in manifest.versions {
            let file = try fileBytes("\(Repository.root)/models/\(name)/\(version.version)/model.onnx")
            #expect(SHA256.hex(of: file) == version.sha256)
            let int8 = try fileBytes("\(Repository.root)/models/\(name)/\(version.version)/model.int8.onnx")
            #expect(SHA256.hex(of: int8) == version.int8)
        }
        _ = HeadDecoder(manifest)
    }

    @Test("reads every key")
    func reading() throws {
        let manifest = try ModelManifest(json: Array(yoloxManifest.utf8))
        #expect(manifest.task == .detection)
        #expect(manifest.input.colorOrder == .bgr)
        #expect(manifest.input.fit == .topLeftLetterbox)
        #expect(manifest.input.padValue == 114)
        #expect(manifest.head == .yolox(.init(classes: 3, strides: [8, 16, 32], output: "output")))
        #expect(manifest.thresholds == .init(confidence: 0.3, iou: 0.45, maximumDetections: 100))
        #expect(manifest.label(2) == "car")
        #expect(manifest.label(3) == "class 3")
        #expect(manifest.currentVersion.version == "1")
        #expect(manifest.rebuild == nil)
        #expect(manifest.versions[0].int8 == nil)
    }

    @Test("the digest of an int8 version is read, and written as it was read")
    func int8() throws {
        let digest = String(repeating: "ab", count: 32)
        let text = yoloxManifest.replacing(
            "\"precision\": \"fp32\"", with: "\"precision\": \"fp32\", \"int8\": \"\(digest)\"")
        let manifest = try ModelManifest(json: Array(text.utf8))
        #expect(manifest.versions[0].int8 == digest)
        #expect(try ModelManifest(json: manifest.json) == manifest)
    }

    /// An edit of the manifest above, and the key that the error must name.
    static let faults: [(String, String, String)] = [
        ("fovea.model/1", "fovea.model/2", "schema"),
        ("\"yolox-nano\"", "\"../etc\"", "name"),
        ("\"yolox-nano\"", "7", "name"),
        ("\"task\": \"detection\"", "\"task\": \"magic\"", "task"),
        ("\"task\": \"detection\",", "", "task"),
        ("\"task\": \"detection\"", "\"task\": \"detection\", \"tusk\": 1", "tusk"),
        ("\"precision\": \"fp32\"", "\"precision\": \"fp31\"", "versions[0].precision"),
        ("\"sha256\": \"000", "\"sha256\": \"00G", "versions[0].sha256"),
        ("\"width\": 416", "\"width\": 0", "input.width"),
        ("\"width\": 416", "\"width\": 416.5", "input.width"),
        ("\"width\": 416", "\"width\": 1e300", "input.width"),
        ("\"height\": 416", "\"height\": 8193", "input.height"),
        ("\"mean\": [0, 0, 0]", "\"mean\": [0, 0]", "input.mean"),
        ("\"mean\": [0, 0, 0]", "\"mean\": [0, \"0\", 0]", "input.mean[1]"),
        ("\"std\": [1, 1, 1]", "\"std\": [1, 1, 0]", "input.std[2]"),
        ("\"padValue\": 114", "\"padValue\": 256", "input.padValue"),
        ("\"filter\": \"bilinear\"", "\"filter\": \"bilinear\", \"gamma\": 2", "input.gamma"),
        ("\"padValue\": 114", "\"padValue\": 114, \"cropFraction\": 0.5", "input.cropFraction"),
        ("\"colorOrder\": \"BGR\"", "\"colorOrder\": \"bgr\"", "input.colorOrder"),
        ("\"family\": \"yolox\"", "\"family\": \"yolo99\"", "head.family"),
        ("[8, 16, 32]", "[8, 16, 33]", "head.strides[2]"),
        ("[8, 16, 32]", "[]", "head.strides"),
        ("\"precision\": \"fp32\"", "\"precision\": \"fp32\", \"int8\": \"AB\"", "versions[0].int8"),
        ("\"confidence\": 0.3", "\"confidence\": 1.5", "thresholds.confidence"),
        ("\"maximumDetections\": 100", "\"maximumDetections\": 0", "thresholds.maximumDetections"),
        ("\"car\"]", "\"car\", \"bus\"]", "labels"),
        ("\"car\"]", "\"\"]", "labels[2]"),
        ("\"file\": \"yolox_nano.onnx\", ", "", "source.file"),
        ("\"license\": \"Apache-2.0\"", "\"license\": null", "license"),
        ("\"versions\": [{", "\"versions\": [3, {", "versions[0]"),
    ]

    @Test("names the key at fault", arguments: faults)
    func faulty(old: String, new: String, path: String) throws {
        let text = yoloxManifest.replacing(old, with: new)
        try #require(text != yoloxManifest)
        let error = try #require(throws: VisionError.self) { try ModelManifest(json: Array(text.utf8)) }
        guard case .malformedManifest(let found, _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(found == path)
        #expect(error.description.hasPrefix(path + ": "))
    }

    @Test("refuses the same version twice")
    func versionTwice() {
        let version =
            "{\"version\": \"1\", \"sha256\": \"\(String(repeating: "0", count: 64))\", \"precision\": \"fp32\"}"
        let text = yoloxManifest.replacing(version, with: "\(version), \(version)")
        #expect(throws: VisionError.malformedManifest(path: "versions[1]", detail: "version '1' appears twice")) {
            try ModelManifest(json: Array(text.utf8))
        }
    }

    /// The head of each described family.
    static let heads = [
        ("yolov5", #""classes": 3, "output": "o""#),
        ("yolov8", #""classes": 3, "output": "o""#),
        ("ssd", #""classes": 3, "boxes": "b", "scores": "s", "background": 0, "coordinates": "normalized""#),
        ("nanodet", #""classes": 3, "output": "o", "strides": [8, 16], "bins": 7"#),
        ("detr", #""classes": 3, "boxes": "b", "scores": "s", "activation": "softmax""#),
        ("segmentation", #""classes": 3, "output": "o""#),
        ("pose", #""keypoints": ["nose", "tail"], "output": "o""#),
    ]

    @Test("reads the heads of every family", arguments: heads)
    func families(family: String, constants: String) throws {
        var text = yoloxManifest.replacing(
            #""family": "yolox", "classes": 3, "strides": [8, 16, 32], "output": "output""#,
            with: "\"family\": \"\(family)\", \(constants)")
        if family == "pose" { text = text.replacing(#"["person", "bicycle", "car"]"#, with: #"["person"]"#) }
        let manifest = try ModelManifest(json: Array(text.utf8))
        #expect(manifest.head.family == family)
        #expect(!HeadDecoder(manifest).expectedOutputs.isEmpty)
    }

    @Test("survives truncation at every byte and ten thousand random changes")
    func hostile() {
        let whole = Array(yoloxManifest.utf8)
        for count in 0..<whole.count {
            #expect(throws: VisionError.self) { try ModelManifest(json: Array(whole[..<count])) }
        }
        var random = SplitMix64(seed: 11)
        for _ in 0..<10_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? ModelManifest(json: bytes)
        }
    }

    @Test("refuses deep nesting and big files without harm")
    func limits() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: VisionError.self) { try ModelManifest(json: Array(deep.utf8)) }
        let big = [UInt8](repeating: 0x20, count: (1 << 22) + 1)
        #expect(throws: VisionError.limitExceeded(what: "manifest bytes", limit: 1 << 22, value: big.count)) {
            try ModelManifest(json: big)
        }
    }
}
