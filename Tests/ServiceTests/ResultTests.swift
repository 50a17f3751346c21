import Foundation
import HTTPTypes
import Pipeline
import Service
import Store
import Synchronization
import TestSupport
import Testing
import Vision

@Suite struct ResultTests {
    private func client(
        _ folder: TemporaryDirectory, contents: StoreConfiguration.Contents = .frames,
        _ analyzer: FakeAnalyzer = FakeAnalyzer()
    ) throws -> LocalClient {
        var store = StoreConfiguration()
        store.path = folder.path + "/results.sqlite"
        store.contents = contents
        return try LocalClient(analyzer, store: store)
    }

    @Test("an answer carries its record, and is found again byte for byte")
    func storing() async throws {
        let folder = try TemporaryDirectory()
        let client = try client(folder)
        let answer = try await client.post("/v1/analyze", headers: [.contentType: "image/jpeg"])
        #expect(answer.headers[.named("Fovea-Result")] == "1")
        #expect(try answer.object()["record"]?["chain"]?.string == "-")
        let found = try await client.send(.get, "/v1/results/1")
        #expect(found.status == 200 && found.body == answer.body)
        let frame = try await client.send(.get, "/v1/results/1/frame")
        #expect(frame.body == [1, 2, 3] && frame.contentType == "image/jpeg")
        #expect(try await client.send(.get, "/v1/results/1/picture").status == 404)
        let sensor = try await client.post("/v1/sensors/cam/frames")
        #expect(try sensor.object()["record"]?["chain"]?.string == "cam")
        let page = try await client.send(.get, "/v1/results?sensor=cam&class=cat&min_score=0.4")
        #expect(page.body == Array(#"{"results":["#.utf8) + sensor.body + Array("]}".utf8))
    }

    @Test(
        "answers in other servers' forms are kept, too, under the same rules",
        arguments: ["/score", "/v1/vision/detection", "/detect"])
    func dialects(path: String) async throws {
        let folder = try TemporaryDirectory()
        var store = StoreConfiguration()
        store.path = folder.path + "/results.sqlite"
        var configuration = ServiceConfiguration()
        configuration.privacy.level = .tensor
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(analyzer, configuration: configuration, store: store)
        let (type, body) =
            switch path {
            case "/v1/vision/detection":
                (
                    "multipart/form-data; boundary=x",
                    "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n123\r\n--x--\r\n"
                )
            case "/detect": ("application/json", #"{"id": "1", "data": "MTIz", "detect": {"*": 10}}"#)
            default: ("image/jpeg", "123")
            }
        let answer = try await client.post(path, headers: [.contentType: type], body: Array(body.utf8))
        #expect(answer.status == 200, "\(answer.text)")
        #expect(analyzer.calls.first?.options.privacy == .tensor)
        let found = try await client.send(.get, "/v1/results/1")
        #expect(found.status == 200)
        #expect(try found.object()["record"]?["number"]?.number == 1)
    }

    @Test("of an answer in tensors the digests are kept, and its chain can be verified")
    func tensors() async throws {
        let fixture = try ProtocolFixture()
        var store = StoreConfiguration()
        store.path = fixture.folder.path + "/results.sqlite"
        let client = try LocalClient(fixture.pipeline, store: store)
        let request = #"{"inputs": [{"name": "IN", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}"#
        for _ in 0..<2 {
            #expect(
                try await client.post("/v2/models/through_FP32/infer", body: Array(request.utf8)).status == 200)
        }
        let found = try await client.send(.get, "/v1/results/2")
        let record = try found.object()
        #expect(record["schema"]?.string == "fovea.tensors/1")
        #expect(record["model"]?["sha256"]?.string?.count == 64)
        #expect(record["inputs"]?.elements?.first?["shape"] == .array([.number(1), .number(3)]))
        #expect(record["inputs"]?.elements?.first?["sha256"] == record["outputs"]?.elements?.first?["sha256"])
        #expect(record["record"]?["number"]?.number == 2)
        #expect(try await client.send(.get, "/v1/results?model=through_FP32").text.contains("fovea.tensors/1"))
        #expect(try await client.send(.post, "/v1/results/2/replay").status == 409)
        var verifier = ChainVerifier()
        for id in 1...2 { verifier.take(try await client.send(.get, "/v1/results/\(id)").body, place: "\(id)") }
        verifier.finish()
        #expect(verifier.faults.isEmpty, "\(verifier.faults)")
    }

    @Test("a check of the settings makes no file, and tells where none can be")
    func check() throws {
        let folder = try TemporaryDirectory()
        var store = StoreConfiguration()
        store.path = folder.path + "/new/results.sqlite"
        var configuration = ServiceConfiguration()
        configuration.access.auditLog = folder.path + "/audit.log"
        func check() throws {
            try FoveaService.check(
                analyzer: FakeAnalyzer(), configuration: configuration, store: store, jobs: .init(),
                build: .init(version: "1.2.3", isa: "avx2"))
        }
        try check()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        try Data("no database".utf8).write(to: URL(filePath: folder.path + "/text"))
        for path in ["text", "text/results.sqlite", ""] {
            store.path = folder.path + "/" + path
            #expect(throws: StoreError.self, "\(path)") { try check() }
        }
    }

    @Test("keeps no pixels unless told to", arguments: StoreConfiguration.Contents.allCases)
    func contents(contents: StoreConfiguration.Contents) async throws {
        let folder = try TemporaryDirectory()
        let analyzer = FakeAnalyzer()
        let client = try client(folder, contents: contents, analyzer)
        let answer = try await client.post("/v1/analyze?output=jpeg")
        #expect(answer.contentType == "image/jpeg" && answer.headers[.named("Fovea-Result")] == "1")
        let frame = try await client.send(.get, "/v1/results/1/frame")
        let picture = try await client.send(.get, "/v1/results/1/picture")
        #expect(frame.status == (contents == .frames ? 200 : 404))
        #expect(picture.status == (contents == .results ? 404 : 200))
        if contents != .results { #expect(picture.body == answer.body) }
        #expect(analyzer.calls.first?.options.digests == (contents == .frames))
        #expect(try await client.send(.post, "/v1/results/1/replay").status == (contents == .frames ? 200 : 409))
    }

    @Test("deletes one result, or all of a sensor, with their frames")
    func deletion() async throws {
        let folder = try TemporaryDirectory()
        let client = try client(folder)
        for path in ["/v1/analyze", "/v1/sensors/a/frames", "/v1/sensors/b/frames", "/v1/sensors/a/frames"] {
            #expect(try await client.post(path).status == 200)
        }
        #expect(try await client.send(.delete, "/v1/results/1").status == 204)
        #expect(try await client.send(.delete, "/v1/results/1").status == 404)
        #expect(try await client.send(.get, "/v1/results/1/frame").status == 404)
        let deleted = try await client.send(.delete, "/v1/results?sensor=a")
        #expect(try deleted.object()["deleted"]?.number == 2)
        let left = try await client.send(.get, "/v1/results")
        #expect(left.text.contains(#""id":"3""#) && !left.text.contains(#""id":"4""#))
        #expect(try await client.send(.delete, "/v1/results").status == 400)
    }

    @Test(
        "refuses queries that mean nothing",
        arguments: [
            "limit=0", "limit=1001", "limit=x", "min_score=2", "from=yesterday", "to=2026-13-01T00:00:00Z", "page=1",
            "sensor=%20", "class=", "colour=red", "limit=1&limit=2",
        ])
    func badQueries(query: String) async throws {
        let folder = try TemporaryDirectory()
        let answer = try await client(folder).send(.get, "/v1/results?\(query)")
        #expect(answer.status == 400)
        let name = try #require(query.split(separator: "=").first)
        #expect(try answer.object()["field"]?.string.map { $0 == name || $0 == "id" } == true)
    }

    @Test("takes times with and without fractions")
    func times() async throws {
        let folder = try TemporaryDirectory()
        let client = try client(folder)
        _ = try await client.post("/v1/analyze")
        for (query, count) in [
            ("from=2020-01-01T00:00:00Z", 1), ("from=2020-01-01T00:00:00.5Z", 1), ("to=2020-01-01T00:00:00Z", 0),
            ("from=2020-01-01T00:00:00%2B02:00&to=2120-01-01T00:00:00Z", 1),
        ] {
            let answer = try await client.send(.get, "/v1/results?\(query)")
            #expect(answer.status == 200, "\(query): \(answer.text)")
            #expect(answer.text.contains("record") == (count == 1), "\(query)")
        }
    }

    @Test("says that results are not stored where there is no store")
    func off() async throws {
        let client = try LocalClient()
        for (method, path) in [
            (HTTPRequest.Method.get, "/v1/results"), (.get, "/v1/results/1"), (.get, "/v1/results/1/frame"),
            (.post, "/v1/results/1/replay"), (.delete, "/v1/results/1"), (.delete, "/v1/results?sensor=a"),
        ] {
            let answer = try await client.send(method, path)
            #expect(answer.status == 404)
            #expect(try answer.object()["type"]?.string == "urn:fovea:problem:store-off")
        }
        #expect(try await client.post("/v1/analyze").object()["record"] == nil)
    }

    @Test("a replay asks the same again and names the stages that differ")
    func replay() async throws {
        let folder = try TemporaryDirectory()
        let confidence = Mutex<Float>(0.5)
        let analyzer = FakeAnalyzer { input, options in
            var analysis = FakeAnalyzer.result(of: input, options: options)
            analysis.result.detections?[0].score = confidence.withLock { $0 }
            analysis.result.digests = .init(tensor: "t", outputs: "\(confidence.withLock { $0 })")
            return analysis
        }
        let client = try client(folder, contents: .frames, analyzer)
        let headers: HTTPFields = [
            .contentType: "application/octet-stream", .named("Fovea-Width"): "4", .named("Fovea-Height"): "2",
            .named("Fovea-Pixel-Format"): "SRGGB10", .named("Fovea-Black-Level"): "16",
        ]
        _ = try await client.post("/v1/sensors/cam/frames?confidence=0.25&classes=cat", headers: headers)
        func replay() async throws -> (equal: JSON?, differing: [String]) {
            let answer = try await client.send(.post, "/v1/results/1/replay")
            #expect(answer.status == 200, "\(answer.text)")
            guard case .array(let stages)? = try answer.object()["stages"] else { return (nil, []) }
            let differing = stages.filter { $0["equal"] == .bool(false) }.compactMap { $0["stage"]?.string }
            return (try answer.object()["equal"], differing)
        }
        let same = try await replay()
        #expect(same.equal == .bool(true) && same.differing == [])
        confidence.withLock { $0 = 0.6 }
        let other = try await replay()
        #expect(other.equal == .bool(false) && other.differing == ["outputs", "answer"])
        let (first, second) = (try #require(analyzer.calls.first), try #require(analyzer.calls.last))
        #expect(second.input.description == first.input.description && second.input.sensor == "cam")
        #expect(second.input.contentType == first.input.contentType)
        #expect(second.options.classes == ["cat"] && second.options.confidenceThreshold == 0.25)
        #expect(second.options.model == "sample", "the model that answered then, also where none was named")
    }
}
