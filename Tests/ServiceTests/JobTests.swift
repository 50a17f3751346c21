import FoundationEssentials
import HTTPTypes
import Pipeline
import Service
import Store
import Synchronization
import TestSupport
import Testing

@Suite struct JobTests {
    private let later: HTTPFields = [.named("Prefer"): "respond-async"]

    private func ended(_ client: LocalClient, _ path: String) async throws -> [String: JSON] {
        var job: [String: JSON] = [:]
        let isEnded = try await eventually {
            let answer = try await client.send(.get, path)
            #expect(answer.status == 200)
            job = try answer.object()
            return !["queued", "running"].contains(job["state"]?.string)
        }
        #expect(isEnded)
        return job
    }

    @Test("a deferred request is answered at once, and its job ends with the result")
    func done() async throws {
        let client = try LocalClient()
        let accepted = try await client.post("/v1/analyze?output=both", headers: later)
        #expect(accepted.status == 202)
        #expect(accepted.headers[.named("Preference-Applied")] == "respond-async")
        let path = try #require(accepted.headers[.location])
        let job = try await ended(client, path)
        #expect(job["state"] == .string("done"))
        #expect(job["result"]?["frame"]?["sha256"] == .string("3"))
        let picture = try await client.send(.get, path + "/picture")
        #expect(picture.contentType == "image/jpeg" && picture.body.starts(with: [0xFF, 0xD8]))
        #expect(try await client.send(.delete, path).status == 204)
        #expect(try await client.send(.get, path).status == 404)
    }

    @Test("a job that fails says why, as the request would have")
    func failed() async throws {
        let client = try LocalClient(FakeAnalyzer { _, _ in throw PipelineError.unknownModel(name: "x", known: []) })
        let accepted = try await client.post("/v1/analyze", headers: later)
        let job = try await ended(client, try #require(accepted.headers[.location]))
        #expect(job["state"] == .string("failed"))
        #expect(job["problem"]?["status"]?.number == 422)
    }

    @Test("a cancelled job stops its work; those that wait and those that run")
    func cancelling() async throws {
        let cancelled = Mutex(0)
        let client = try LocalClient(
            FakeAnalyzer { input, options in
                do { try await Task.sleep(for: .seconds(600)) } catch {
                    cancelled.withLock { $0 += 1 }
                    throw error
                }
                return FakeAnalyzer.result(of: input, options: options)
            })
        var paths: [String] = []
        for _ in 0..<3 {
            paths.append(try #require(try await client.post("/v1/analyze", headers: later).headers[.location]))
        }
        let isRunning = try await eventually {
            try await client.send(.get, paths[1]).object()["state"] == .string("running")
        }
        #expect(isRunning)
        #expect(try await client.send(.get, paths[2]).object()["state"] == .string("queued"))
        for path in paths.reversed() {
            #expect(try await client.send(.delete, path).object()["state"] == .string("cancelled"))
        }
        #expect(await eventually { cancelled.withLock { $0 } == 2 })
    }

    @Test("a full queue makes jobs wait and new jobs beyond the limit go away")
    func limits() async throws {
        let isOpen = Mutex(false)
        var jobs = JobsConfiguration()
        (jobs.limit, jobs.parallel) = (2, 1)
        let client = try LocalClient(
            FakeAnalyzer { input, options in
                guard isOpen.withLock({ $0 }) else { throw PipelineError.overloaded(queueLimit: 1, retryAfter: 1) }
                return FakeAnalyzer.result(of: input, options: options)
            }, jobs: jobs)
        let first = try await client.post("/v1/analyze", headers: later)
        #expect(try await client.post("/v1/analyze", headers: later).status == 202)
        let third = try await client.post("/v1/analyze", headers: later)
        #expect(third.status == 429 && third.headers[.retryAfter] != nil)
        isOpen.withLock { $0 = true }
        #expect(try await ended(client, try #require(first.headers[.location]))["state"] == .string("done"))
        #expect(try await client.post("/v1/analyze", headers: later).status == 202, "an ended job makes room")
    }

    @Test("jobs outlive the service when there is a store; interrupted ones come back as failed")
    func restart() async throws {
        let folder = try TemporaryDirectory()
        var store = StoreConfiguration()
        store.path = folder.path + "/results.sqlite"
        let isOpen = Mutex(true)
        let analyzer = FakeAnalyzer { input, options in
            if !isOpen.withLock({ $0 }) { try await Task.sleep(for: .seconds(600)) }
            return FakeAnalyzer.result(of: input, options: options)
        }
        let client = try LocalClient(analyzer, store: store)
        let done = try #require(try await client.post("/v1/analyze", headers: later).headers[.location])
        let before = try await ended(client, done)
        isOpen.withLock { $0 = false }
        let cut = try #require(try await client.post("/v1/analyze", headers: later).headers[.location])
        let answers = try await withLiveServer(analyzer, store: store) { server in
            var answers: [String] = []
            for path in [done, cut] {
                answers.append(try await server.exchange("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n"))
            }
            return answers
        }
        let id = try #require(before["id"]?.string)
        #expect(answers[0].contains(#""state":"done""#) && answers[0].contains(id))
        #expect(answers[1].contains(#""state":"failed""#) && answers[1].contains("urn:fovea:problem:interrupted"))
        _ = try await client.send(.delete, cut)
    }
}

@Suite struct IdempotencyTests {
    private func key(_ text: String) -> HTTPFields { [.named("Idempotency-Key"): text, .contentType: "image/jpeg"] }

    @Test("the same request again gets the same answer without the work")
    func again() async throws {
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(analyzer)
        let first = try await client.post("/v1/analyze?output=jpeg", headers: key("a"))
        let second = try await client.post("/v1/analyze?output=jpeg", headers: key("a"))
        #expect(first.status == 200 && second.body == first.body && second.contentType == first.contentType)
        #expect(second.headers[.named("Idempotency-Replayed")] == "true")
        #expect(first.headers[.named("Idempotency-Replayed")] == nil)
        #expect(analyzer.calls.count == 1)
        #expect(try await client.post("/v1/analyze?output=jpeg", headers: key("b")).status == 200)
        #expect(analyzer.calls.count == 2)
    }

    @Test("another request with the same key is refused", arguments: ["body", "option", "accept", "type"])
    func other(difference: String) async throws {
        let client = try LocalClient()
        #expect(try await client.post("/v1/analyze", headers: key("a")).status == 200)
        var headers = key("a")
        if difference == "accept" { headers[.accept] = "image/png" }
        if difference == "type" { headers[.contentType] = "image/png" }
        let answer = try await client.post(
            difference == "option" ? "/v1/analyze?confidence=0.5" : "/v1/analyze", headers: headers,
            body: difference == "body" ? [4] : [1, 2, 3])
        #expect(answer.status == 422)
        #expect(try answer.object()["type"]?.string == "urn:fovea:problem:key-reused")
    }

    @Test("while the first is in progress the second is told so; what failed is tried anew")
    func progress() async throws {
        let mayFail = Mutex(true)
        let (steps, step) = AsyncStream.makeStream(of: Void.self)
        let analyzer = FakeAnalyzer { input, options in
            for await _ in steps { break }
            if mayFail.withLock({ $0 }) { throw PipelineError.overloaded(queueLimit: 1, retryAfter: 1) }
            return FakeAnalyzer.result(of: input, options: options)
        }
        let client = try LocalClient(analyzer)
        async let first = client.post("/v1/analyze", headers: key("a"))
        #expect(await eventually { analyzer.calls.count == 1 })
        #expect(try await client.post("/v1/analyze", headers: key("a")).status == 409)
        step.yield()
        #expect(try await first.status == 429)
        mayFail.withLock { $0 = false }
        step.yield()
        #expect(try await client.post("/v1/analyze", headers: key("a")).status == 200)
    }

    @Test("refuses keys that are none", arguments: ["", "with space", String(repeating: "k", count: 256)])
    func nonsense(text: String) async throws {
        #expect(try await LocalClient().post("/v1/analyze", headers: key(text)).status == 400)
    }

    @Test("a deferred request sent again names the same job")
    func deferred() async throws {
        let client = try LocalClient()
        var headers = key("a")
        headers[.named("Prefer")] = "respond-async"
        let first = try await client.post("/v1/analyze", headers: headers)
        let second = try await client.post("/v1/analyze", headers: headers)
        #expect(second.status == 202 && second.headers[.location] == first.headers[.location])
    }
}
