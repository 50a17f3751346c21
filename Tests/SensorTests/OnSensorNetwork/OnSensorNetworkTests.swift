import Imaging
import Inference
import Pipeline
import Sensor
import Tensors
import TestSupport
import Testing
import Vision

@Suite("The network on the sensor")
struct OnSensorNetworkTests {
    /// A detector that sees one box, whatever it looks at: centre 16, 8 of 32 × 32, 8 wide and 4 high, and says the mean of
    /// the input as the second box's score.
    private static func detector(in folder: String) throws -> LoadedModel {
        var model = ONNXBuilder()
        model.input("x", [1, 3, 32, 32])
        model.initializer(
            "constant", Tensor([16, 0, 8, 0, 8, 0, 4, 0, 0.75, 0] as [Float], shape: [1, 5, 2]))
        model.initializer("mask", Tensor([0, 0, 0, 0, 0, 0, 0, 0, 0, 1] as [Float], shape: [1, 5, 2]))
        model.node("ReduceMean", ["x"], ["mean"], [("axes", .ints([1, 2, 3])), ("keepdims", .int(0))])
        model.node("Mul", ["mask", "mean"], ["moved"])
        model.node("Add", ["constant", "moved"], ["out"])
        model.output("out")
        try ModelFolderBuilder.write(model, "tiny", in: folder)
        let sha256 = SHA256.hex(of: model.bytes)
        let manifest = ModelManifest(
            name: "tiny", task: .detection, versions: [.init(version: "1", sha256: sha256, precision: .fp32)],
            input: .init(
                name: "x", width: 32, height: 32, scale: 1.0 / 255, mean: [0, 0, 0], std: [1, 1, 1], fit: .letterbox),
            head: .yolov8(classes: 1, output: "out"),
            thresholds: .init(confidence: 0.5, iou: 0.5, maximumDetections: 10), labels: ["thing"], license: "MIT",
            source: .init(url: "https://example.org", file: "model.onnx", sha256: sha256))
        try FileWriting.write(manifest.json, to: folder + "/tiny/model.json")
        var configuration = PipelineConfiguration()
        configuration.modelDirectory = folder
        configuration.threads = 1
        let pipeline = try FramePipeline(configuration)
        defer { pipeline.stop() }
        return try pipeline.library.model(named: "tiny")
    }

    private static func camera(binning: Int = 1) throws -> SceneSource {
        let sensor = try EmulatedSensor(dataSheet: .small(binning: binning))
        return try SceneSource(
            sensor: sensor,
            scene: Scene(
                Scene.Subject("chart:colorchecker"), for: sensor, options: SceneOptions(), parallelism: .serial))
    }

    @Test("puts boxes where the window lies on the frame")
    func window() throws {
        let folder = try TemporaryDirectory()
        let model = try Self.detector(in: folder.path)
        let frame = try Self.camera(binning: 2).frame(0)
        let raw = try #require(frame.raw)
        func box(_ window: SensorWindow, binning: Int = 1) throws -> [Float] {
            let network = try OnSensorNetwork(model, window: window, binning: binning)
            let answer = try network.answer(raw, index: 0, sha256: "")
            #expect(answer.result.origin == .sensor && answer.result.detections?.first?.label == "thing")
            return answer.result.detections?.first?.box ?? []
        }
        func isClose(_ found: [Float], _ expected: [Float]) -> Bool {
            found.count == 4 && zip(found, expected).allSatisfy { abs($0 - $1) < 0.02 }
        }
        // The frame has 200 × 120 pixels; the input's 12…20 × 6…10 of 32.
        #expect(isClose(try box(.whole), [75, 22.5, 125, 37.5]))
        #expect(isClose(try box(.networkShape), [40 + 45, 22.5, 40 + 75, 37.5]))
        #expect(isClose(try box(.pixels(PixelRect(x: 100, y: 40, width: 64, height: 64))), [124, 52, 140, 60]))
        #expect(
            isClose(
                try box(.pixels(PixelRect(x: 200, y: 80, width: 128, height: 128)), binning: 2), [124, 52, 140, 60]))
        #expect(throws: SensorError.self) { try box(.pixels(PixelRect(x: 190, y: 0, width: 20, height: 20))) }
    }

    @Test("sends what it saw, and answers from the integers that it sends", arguments: [8, 16])
    func lines(bits: Int) throws {
        let folder = try TemporaryDirectory()
        let network = try OnSensorNetwork(try Self.detector(in: folder.path), bits: bits)
        let raw = try #require(try Self.camera().frame(3).raw)
        let answer = try network.answer(raw, index: 259, sensor: "eye", timestamp: 5, sha256: "ab")
        let lines = try DNNLines(parsing: answer.lines.bytes)
        #expect(lines == answer.lines && lines.frameCount == 3 && lines.networkName == "tiny")
        #expect(lines.input.dimensions == [3, 32, 32] && lines.outputs.map(\.dimensions) == [[5, 2]])
        let mean = lines.input.bytes.reduce(0) { $0 + Float($1) } / Float(lines.input.bytes.count) / 255
        #expect(mean > 0.1 && abs(answer.outputs[0].tensor.array(of: Float.self)[9] - mean) < 1e-4)
        let score = try #require(answer.result.detections?.first?.score)
        #expect(score == lines.outputs[0].rowMajorValues[8] && abs(score - 0.75) < 17.0 / 255)
        #expect(answer.result.frame.sequence == 259 && answer.result.frame.sensor == "eye")
        #expect(answer.result.frame.width == 200 && answer.result.frame.sha256 == "ab")
    }

    @Test("keeps every pixel on the sensor when asked to")
    func privacy() throws {
        let folder = try TemporaryDirectory()
        let network = try OnSensorNetwork(try Self.detector(in: folder.path))
        let camera = try Self.camera()
        func source(_ privacy: SensorPrivacy) -> NetworkSource {
            NetworkSource(camera: camera, network: network, privacy: privacy, sensorName: "eye")
        }
        let metadata = try source(.metadata).frame(0)
        #expect(metadata.raw == nil && metadata.contentType == "application/vnd.fovea.result+json")
        let json = metadata.storage
        let result = try withExtendedLifetime(json) { try FrameResult(sensorJSON: json.bytes) }
        #expect(result.detections?.count == 1 && result.frame.sensor == "eye")
        let blank = try source(.metadata).answer(camera.frame(0), index: 0)
        #expect(blank.lines.input.bytes.allSatisfy { $0 == 0 })
        let image = try source(.image).frame(0)
        #expect(image.contentType == "application/octet-stream" && image.raw != nil)
        let both = try source(.both).frame(0)
        #expect(both.contentType.hasPrefix("multipart/form-data") && both.range.count > image.range.count)
        #expect(both.fields.contains { $0.name == "Fovea-Width" && $0.value == "200" })
    }

    @Test("counts weights once and what is alive at a time")
    func memory() throws {
        var model = ONNXBuilder()
        model.input("x", [1, 2, 4, 4])
        model.initializer("w", Tensor([Float](repeating: 1, count: 3 * 2 * 9), shape: [3, 2, 3, 3]))
        model.initializer("v", Tensor([Float](repeating: 1, count: 3 * 3), shape: [3, 3, 1, 1]))
        model.node("Conv", ["x", "w"], ["a"], [("pads", .ints([1, 1, 1, 1]))])
        model.node("Relu", ["a"], ["b"])
        model.node("Conv", ["b", "v"], ["c"])
        model.node("Conv", ["c", "v"], ["d"])
        model.node("Add", ["d", "b"], ["e"])
        model.output("e")
        let folder = try TemporaryDirectory()
        let path = folder.path + "/model.onnx"
        try FileWriting.write(model.bytes, to: path)
        let memory = try NetworkMemory(path: path)
        #expect(memory.weights == 54 + 9)
        #expect(memory.layers.map(\.weights) == [54, 0, 9, 0, 0])
        // x and a; a in place; b and c; b, c and d; d in place over b.
        #expect(memory.layers.map(\.live) == [80, 48, 96, 144, 96])
        let budget = NetworkBudget(name: "n", memory: memory, limit: 206)
        #expect(memory.total == 207 && !budget.fits && budget.table.count == 6)
        #expect(throws: SensorError.networkTooLarge(name: "n", byteCount: 207, limit: 206)) { try budget.check() }
        #expect(NetworkBudget(name: "n", memory: memory, limit: 207).fits)
    }
}
