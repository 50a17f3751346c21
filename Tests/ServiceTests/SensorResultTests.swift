import HTTPTypes
import Pipeline
import Service
import Testing
import Vision

@Suite("Answers that sensors make", .timeLimit(.minutes(1)))
struct SensorResultTests {
    private static let type: HTTPFields = [.contentType: "application/vnd.fovea.result+json"]

    private static func result(_ change: (inout FrameResult) -> Void = { _ in }) -> [UInt8] {
        var result = FrameResult(
            frame: .init(sha256: "ab", width: 64, height: 48, orientation: 1, kind: "raw", sensor: "liar", sequence: 5),
            detections: [
                .init(box: [1, 2, 30, 40], normalizedBox: [0, 0, 0.5, 0.9], label: "cat", classID: 3, score: 0.75)
            ],
            model: .init(
                name: "on-chip", version: "1", sha256: "cd", license: "MIT", task: "detection", precision: "int8",
                numerics: "exact"), options: .init(confidenceThreshold: 0.5, iouThreshold: 0.5, maximumDetections: 10),
            build: .init(version: "9", isa: "avx2"), timings: ["inference": 3])
        change(&result)
        return result.json()
    }

    @Test("are taken as they are, named as the sensor's, and no model runs")
    func metadataOnly() async throws {
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(analyzer)
        let response = try await client.post("/v1/sensors/cam/frames", headers: Self.type, body: Self.result())
        #expect(response.status == 200 && analyzer.calls.isEmpty)
        let taken = try response.result()
        #expect(taken.origin == .sensor && taken.frame.sensor == "cam" && taken.model.name == "on-chip")
        #expect(taken.detections?.first?.label == "cat")
        let summary = try await client.send(.get, "/v1/sensors/cam").object()
        #expect(summary["answered"]?.number == 1 && summary["lastSequence"]?.number == 5)
        #expect(try await client.send(.get, "/v1/sensors/cam/latest.json").body == response.body)
        #expect(try await client.send(.get, "/v1/sensors/cam/latest.jpg").status == 404)
    }

    @Test("are refused and counted when they break the schema", arguments: 0..<5)
    func malformed(kind: Int) async throws {
        let bytes = Self.result { result in
            switch kind {
            case 0: result.schema = "other/1"
            case 1: result.frame.width = 0
            case 2: result.detections = nil
            case 3: result.detections?[0].box = [1, 2]
            default: break
            }
        }
        let client = try LocalClient(FakeAnalyzer())
        let body = kind == 4 ? Array(bytes.dropLast()) : bytes
        #expect(try await client.post("/v1/sensors/cam/frames", headers: Self.type, body: body).status == 400)
        let summary = try await client.send(.get, "/v1/sensors/cam").object()
        #expect(summary["received"]?.number == 1 && summary["dropped"]?["malformed"]?.number == 1)
    }

    @Test("stand beside the service's own when the picture comes, too")
    func both() async throws {
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(analyzer)
        var body = Array(
            "--b\r\nContent-Disposition: form-data; name=\"sensor-result\"\r\n\r\n".utf8)
        body += Self.result()
        body += Array("\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n".utf8)
        body += [1, 2, 3] + Array("\r\n--b--\r\n".utf8)
        let headers: HTTPFields = [.contentType: "multipart/form-data; boundary=b"]
        let response = try await client.post("/v1/sensors/cam/frames", headers: headers, body: body)
        #expect(response.status == 200 && analyzer.calls.count == 1)
        let result = try response.result()
        #expect(result.origin == nil && result.model.name == "sample")
        #expect(result.sensorAnswer?.model.name == "on-chip" && result.sensorAnswer?.detections?.first?.label == "cat")
    }
}

@Suite("What AITRIOS devices upload", .timeLimit(.minutes(1)))
struct AitriosUploadTests {
    private static let upload = Array(
        """
        {"ModelID":"sample","DeviceID":"Aid-1","Image":true,"Inferences":[
        {"T":"20240229235959987","O":{"perception":{"object_detection_list":[{"class_id":1,"bounding_box_type":"BoundingBox2d",
        "bounding_box":{"left":1,"top":2,"right":3,"bottom":4},"score":0.5}]}},"F":1},
        {"T":"20240229235959988","O":{"perception":{"object_detection_list":[]}},"F":1}]}
        """.utf8)

    @Test("becomes a sensor with results, one answer for each, and pictures are frames")
    func uploads() async throws {
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(analyzer)
        // Without a picture the boxes' unit would be unknown: the model has no input of four extents.
        let early = try await client.send(.put, "/v1/aitrios/eye/inferences/a.txt", body: Self.upload)
        let image = try await client.send(
            .put, "/v1/aitrios/eye/images/a.jpg", headers: [.contentType: "image/jpg"], body: [1, 2])
        #expect(image.status == 200 && analyzer.calls.count == 1)
        #expect(analyzer.calls[0].input.contentType == "image/jpeg" && analyzer.calls[0].input.sensor == "eye")
        let results = try await client.send(.put, "/v1/aitrios/eye/inferences/b.txt", body: Self.upload)
        #expect(results.status == 200 && analyzer.calls.count == 1)
        let summary = try await client.send(.get, "/v1/sensors/eye").object()
        let wasEarlyTaken = early.status == 200
        #expect(summary["answered"]?.number == (wasEarlyTaken ? 5 : 3))
        #expect(summary["dropped"]?["malformed"]?.number == (wasEarlyTaken ? 0 : 1))
        let latest = try await client.send(.get, "/v1/sensors/eye/latest.json").result()
        #expect(latest.origin == .sensor && latest.model.name == "sample" && latest.detections?.isEmpty == true)
        #expect(latest.frame.timestamp == 1_709_251_199_988_000_000)
    }

    @Test("is counted as malformed when it cannot be read")
    func malformed() async throws {
        let client = try LocalClient(FakeAnalyzer())
        let answer = try await client.send(
            .put, "/v1/aitrios/eye/inferences/a.txt", body: Array(Self.upload.dropLast(9)))
        #expect(answer.status == 400)
        let summary = try await client.send(.get, "/v1/sensors/eye").object()
        #expect(summary["received"]?.number == 1 && summary["dropped"]?["malformed"]?.number == 1)
    }
}
