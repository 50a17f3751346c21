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
