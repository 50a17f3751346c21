import Codecs
import HTTPTypes
import Imaging
import Pipeline
import Service
import Tensors
import Testing
import Vision

@Suite struct AnalyzeTests {
    @Test("answers a frame with its result as JSON")
    func json() async throws {
        let analyzer = FakeAnalyzer()
        let response = try await LocalClient(analyzer).post(
            "/v1/analyze?model=sample%20model&confidence=0.5&iou=0.4&max_detections=7&classes=cat,traffic+light&profile=neutral",
            headers: [.contentType: "image/jpeg"])
        #expect(response.status == 200)
        #expect(response.contentType == "application/json")
        #expect(try response.result().frame.sha256 == "3")
        let call = try #require(analyzer.calls.first)
        #expect(Array(call.input.bytes.bytes) == [1, 2, 3])
        #expect(call.input.contentType == "image/jpeg")
        #expect(call.options.model == "sample model")
        #expect(call.options.profile == "neutral")
        #expect(call.options.confidenceThreshold == 0.5)
        #expect(call.options.iouThreshold == 0.4)
        #expect(call.options.maximumDetections == 7)
        #expect(call.options.classes == ["cat", "traffic light"])
        #expect(call.options.picture == nil)
    }

    @Test(
        "chooses the kind of answer by Accept",
        arguments: [
            (nil, "application/json"), ("", "application/json"), ("*/*", "application/json"),
            ("image/jpeg", "image/jpeg"), ("image/*", "image/jpeg"), ("image/png", "image/png"),
            ("image/png;q=0.5, image/jpeg;q=0.4", "image/png"), ("image/*;q=0.5, application/json;q=0.4", "image/jpeg"),
            ("text/html, */*;q=0.1", "application/json"), ("*/*, application/json;q=0", "image/jpeg"),
            ("IMAGE/PNG", "image/png"), ("multipart/mixed", "multipart/mixed"), (", ,image/png,", "image/png"),
        ] as [(String?, String)])
    func negotiation(accept: String?, expected: String) async throws {
        var headers: HTTPFields = [:]
        if let accept { headers[.accept] = accept }
        let response = try await LocalClient().post("/v1/analyze", headers: headers)
        #expect(response.status == 200)
        #expect(response.contentType.hasPrefix(expected))
        #expect(response.headers[.vary] == "Accept")
    }

    @Test("refuses an Accept that nothing fits, before the frame is analysed", arguments: ["text/html", "*/*;q=0"])
    func notAcceptable(accept: String) async throws {
        let analyzer = FakeAnalyzer()
        let response = try await LocalClient(analyzer).post("/v1/analyze", headers: [.accept: accept])
        #expect(response.status == 406)
        #expect(analyzer.calls.isEmpty)
    }

    @Test("refuses an Accept it cannot read", arguments: ["image", "image/png;q=2", "image/png;q=\"a", "a/b;q"])
    func malformedAccept(accept: String) async throws {
        let response = try await LocalClient().post("/v1/analyze", headers: [.accept: accept])
        #expect(response.status == 400)
        #expect(try response.object()["field"]?.string == "Accept")
    }

    @Test("lets output win over Accept")
    func outputWins() async throws {
        let response = try await LocalClient().post(
            "/v1/analyze?output=jpeg&quality=60", headers: [.accept: "text/html"])
        #expect(response.status == 200)
        #expect(response.body == FakeAnalyzer.picture(.jpeg(quality: 60))?.bytes)
    }

    @Test("puts the JSON before the picture when both are asked for")
    func both() async throws {
        let response = try await LocalClient().post("/v1/analyze?output=both")
        let boundary = try #require(response.contentType.split(separator: "boundary=").last)
        let parts = response.text.components(separatedBy: "--\(boundary)")
        #expect(parts.count == 4)
        #expect(parts[1].contains("Content-Type: application/json") && parts[1].contains("fovea.result/1"))
        #expect(parts[2].contains("Content-Type: image/jpeg"))
        #expect(parts[3] == "--\r\n")
    }

    @Test(
        "names the option at fault",
        arguments: [
            ("confidence=1.5", "confidence"), ("confidence=nan", "confidence"), ("iou=x", "iou"),
            ("max_detections=0", "max_detections"), ("max_detections=1001", "max_detections"), ("classes=", "classes"),
            ("classes=,", "classes"), ("output=gif", "output"), ("quality=0", "quality"), ("model=", "model"),
            ("threshold=1", "threshold"), ("iou=0.5&iou=0.5", "iou"), ("wait=false", "wait"), ("model=%ff", "query"),
            ("model=%4", "query"),
        ])
    func badOption(query: String, field: String) async throws {
        let analyzer = FakeAnalyzer()
        let response = try await LocalClient(analyzer).post("/v1/analyze?\(query)")
        #expect(response.status == 400)
        #expect(response.contentType == "application/problem+json")
        #expect(try response.object()["field"]?.string == field)
        #expect(analyzer.calls.isEmpty)
    }

    @Test("fills the raw description from Fovea- headers")
    func rawHeaders() async throws {
        let analyzer = FakeAnalyzer()
        var headers: HTTPFields = [.contentType: "application/octet-stream"]
        for (name, value) in [
            ("Fovea-Width", "640"), ("Fovea-Height", "480"), ("Fovea-Pixel-Format", "SRGGB10_CSI2P"),
            ("Fovea-Row-Stride", "800"), ("Fovea-Black-Level", "64,64,65,66"), ("Fovea-White-Level", "1023"),
            ("Fovea-White-Balance", "2, 1, 1.5"), ("Fovea-Orientation", "6"),
            ("Fovea-Sequence", "18446744073709551615"),
            ("fovea-timestamp", "123"),
        ] { headers[.named(name)] = value }
        let response = try await LocalClient(analyzer).post("/v1/analyze", headers: headers)
        #expect(response.status == 200)
        let description = try #require(analyzer.calls.first).input.description
        #expect(description.width == 640 && description.height == 480 && description.rowStride == 800)
        #expect(description.pixelFormat == PixelFormat(name: "SRGGB10_CSI2P"))
        #expect(description.blackLevel == [64, 64, 65, 66] && description.whiteLevel == 1023)
        #expect(description.whiteBalanceGains == SIMD3(2, 1, 1.5))
        #expect(description.orientation == .right && description.sequence == .max && description.timestamp == 123)
    }

    @Test(
        "names the header at fault",
        arguments: [
            ("Fovea-Width", "0"), ("Fovea-Width", "x"), ("Fovea-Pixel-Format", "RGB"), ("Fovea-Orientation", "9"),
            ("Fovea-Black-Level", "1,2"), ("Fovea-White-Balance", "1,2"), ("Fovea-Sequence", "-1"),
            ("Fovea-Witdh", "4"),
        ])
    func badHeader(name: String, value: String) async throws {
        let response = try await LocalClient().post("/v1/analyze", headers: [.named(name): value])
        #expect(response.status == 400)
        #expect(try response.object()["field"]?.string == name)
    }

    @Test(
        "takes a body by its declared type, or tells by its bytes",
        arguments: [
            ("image/jpg", "image/jpeg"), ("image/png; charset=binary", "image/png"), ("image/dng", "image/x-adobe-dng"),
            ("application/octet-stream", "application/octet-stream"), ("application/x-www-form-urlencoded", nil),
            ("", nil),
        ] as [(String, String?)])
    func contentTypes(header: String, passed: String?) async throws {
        let analyzer = FakeAnalyzer()
        let response = try await LocalClient(analyzer).post("/v1/analyze", headers: [.contentType: header])
        #expect(response.status == 200)
        #expect(try #require(analyzer.calls.first).input.contentType == passed)
    }

    @Test("refuses types and encodings that it does not read")
    func unsupported() async throws {
        let client = try LocalClient()
        #expect(try await client.post("/v1/analyze", headers: [.contentType: "text/plain"]).status == 415)
        #expect(try await client.post("/v1/analyze", headers: [.contentEncoding: "gzip"]).status == 415)
        #expect(try await client.post("/v1/analyze", headers: [.expect: "a miracle"]).status == 417)
    }

    @Test("names the limit that a body oversteps, told or counted", arguments: [true, false])
    func tooLarge(isDeclared: Bool) async throws {
        var configuration = ServiceConfiguration()
        configuration.maximumBodyBytes = 2048
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(analyzer, configuration: configuration)
        let headers: HTTPFields = isDeclared ? [:] : [.transferEncoding: "chunked"]
        let whole = try await client.send(
            .post, "/v1/analyze", headers: headers, body: Array(repeating: 7, count: 2048), chunk: 100)
        #expect(whole.status == 200)
        let response = try await client.send(
            .post, "/v1/analyze", headers: headers, body: Array(repeating: 7, count: 2049), chunk: 100)
        #expect(response.status == 413)
        #expect(try response.object()["limit"]?.number == 2048)
        #expect(try #require(analyzer.calls.first).input.bytes.bytes.allSatisfy { $0 == 7 })
        #expect(analyzer.calls.count == 1)
    }

    @Test("refuses bodies when those in memory fill their budget, and takes them again after")
    func budget() async throws {
        var configuration = ServiceConfiguration()
        configuration.maximumBodyBytes = 2048
        configuration.maximumBufferedBytes = 3000
        let gate = Gate()
        let analyzer = FakeAnalyzer { input, options in
            await gate.wait()
            return FakeAnalyzer.result(of: input, options: options)
        }
        let client = try LocalClient(analyzer, configuration: configuration)
        let body = [UInt8](repeating: 1, count: 2000)
        async let first = client.post("/v1/analyze", body: body)
        #expect(await eventually { analyzer.calls.count == 1 })
        let second = try await client.post("/v1/analyze", body: body)
        #expect(second.status == 429)
        #expect(second.headers[.retryAfter] == "1")
        gate.open()
        #expect(try await first.status == 200)
    }

    @Test("refuses an empty body, and one shorter than it said")
    func shortBodies() async throws {
        let client = try LocalClient()
        let empty = try await client.post("/v1/analyze", body: [])
        #expect(empty.status == 400)
        let short = try await client.post("/v1/analyze", headers: [.contentLength: "10"], body: [1, 2])
        #expect(short.status == 400)
        #expect(try await client.post("/v1/analyze", headers: [.contentLength: "ten"]).status == 400)
    }
}

extension String {
    func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
