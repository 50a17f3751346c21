import Codecs
import Graph
import HTTPTypes
import ISP
import Pipeline
import Service
import Testing

private struct InternalTrouble: Error {}

@Suite struct ErrorTests {
    @Test(
        "answers each kind of error with its status",
        arguments: [
            (CodecError.malformed(format: "DNG", field: "StripOffsets", detail: "past the end"), 400, "StripOffsets"),
            (CodecError.unsupported(format: "DNG", field: "Compression", detail: "lossy"), 415, "Compression"),
            (CodecError.limitExceeded(format: "PNG", field: "width", limit: 32_768, value: 65_535), 413, "width"),
            (CodecError.argument(field: "Fovea-Width", detail: "missing"), 400, "Fovea-Width"),
            (CodecError.unrecognised(detail: "no format begins like this"), 415, nil),
            (ISPError.argument(field: "blackLevel", detail: "above white"), 422, "blackLevel"),
            (ISPError.unsupported(field: "cfa", detail: "none"), 422, "cfa"),
            (ISPError.profile(key: "tone", detail: "missing"), 500, nil),
            (GraphError.badInput(name: "images", expected: "a", found: "b"), 422, nil),
            (GraphError.mismatch(node: "n", op: "Conv", detail: "d"), 422, nil),
            (GraphError.limitExceeded(what: "arena", limit: 1, value: 2), 413, "arena"),
            (GraphError.malformed(node: "n", detail: "a cycle"), 500, nil),
            (PipelineError.overloaded(queueLimit: 8, retryAfter: 2), 429, nil),
            (PipelineError.deadlineExceeded(milliseconds: 100), 504, nil),
            (PipelineError.shuttingDown, 503, nil),
            (PipelineError.unknownModel(name: "x", known: ["y"]), 422, "model"),
            (PipelineError.unknownProfile(name: "x", known: ["y"]), 422, "profile"),
            (PipelineError.unknownClass(name: "x", model: "y"), 422, "classes"),
            (PipelineError.badOption(name: "iou", detail: "d"), 400, "iou"),
            (PipelineError.badModel(name: "x", detail: "broken file"), 500, nil),
            (InternalTrouble(), 500, nil),
            (CancellationError(), 499, nil),
        ] as [(any Error & Sendable, Int, String?)])
    func mapping(error: any Error & Sendable, status: Int, field: String?) async throws {
        let client = try LocalClient(FakeAnalyzer { _, _ in throw error })
        let response = try await client.post("/v1/analyze")
        #expect(response.status == status)
        #expect(response.contentType == "application/problem+json")
        let problem = try response.object()
        #expect(problem["status"]?.number == status)
        #expect(problem["field"]?.string == field)
        #expect(problem["instance"]?.string == "/v1/analyze")
        #expect(problem["error"] == problem["detail"])
        #expect(problem["type"]?.string?.hasPrefix("urn:fovea:problem:") == true)
        #expect(problem["title"]?.string?.isEmpty == false)
    }

    @Test("keeps internals out of a 500 and gives the id under which the log has them")
    func internals() async throws {
        let client = try LocalClient(
            FakeAnalyzer { _, _ in throw GraphError.malformed(node: "secret", detail: "hidden") })
        let response = try await client.post("/v1/analyze", headers: [.named("X-Request-ID"): "abc-1"])
        #expect(response.status == 500)
        #expect(!response.text.contains("secret") && !response.text.contains("hidden"))
        #expect(try response.object()["requestId"]?.string == "abc-1")
        #expect(response.headers[.named("X-Request-ID")] == "abc-1")
    }

    @Test("gives a number of seconds with 429 and 503")
    func retryAfter() async throws {
        let full = try LocalClient(
            FakeAnalyzer { _, _ in throw PipelineError.overloaded(queueLimit: 8, retryAfter: 2) })
        #expect(try await full.post("/v1/analyze").headers[.retryAfter] == "2")
        let stopping = try LocalClient(FakeAnalyzer { _, _ in throw PipelineError.shuttingDown })
        #expect(try await stopping.post("/v1/analyze").headers[.retryAfter] == "5")
    }

    @Test(
        "makes its own request id where the client's is not fit for a log",
        arguments: ["", "a b", "a\"b", String(repeating: "x", count: 129)])
    func requestID(id: String) async throws {
        let response = try await LocalClient().send(.get, "/livez", headers: [.named("X-Request-ID"): id])
        let own = try #require(response.headers[.named("X-Request-ID")])
        #expect(own != id && own.utf8.count >= 16)
    }

    @Test("says 404 for unknown addresses and 405 with Allow for wrong methods")
    func addresses() async throws {
        let client = try LocalClient()
        #expect(try await client.send(.get, "/nothing/here").status == 404)
        #expect(try await client.send(.get, "/nothing/here").contentType == "application/problem+json")
        let wrong = try await client.send(.get, "/v1/analyze")
        #expect(wrong.status == 405)
        #expect(wrong.headers[.allow] == "POST, OPTIONS")
        #expect(try await client.send(.delete, "/metrics").headers[.allow] == "GET, HEAD, OPTIONS")
        let options = try await client.send(.options, "/v1/analyze")
        #expect(options.status == 204 && options.headers[.allow] == "POST, OPTIONS")
        #expect(try await client.send(HTTPRequest.Method("BREW")!, "/v1/analyze").status == 501)
    }

    @Test("answers HEAD like GET without a body")
    func head() async throws {
        let client = try LocalClient()
        let get = try await client.send(.get, "/v1/models")
        let head = try await client.send(.head, "/v1/models")
        #expect(head.status == 200 && head.body.isEmpty)
        #expect(head.headers[.contentLength] == get.headers[.contentLength])
    }
}
