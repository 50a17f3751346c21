import FoundationEssentials
import HTTPTypes
import NIOCore
import Pipeline
import Service
import Synchronization
import TestSupport
import Testing

@Suite struct WebhookTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private func configuration(_ folder: TemporaryDirectory, _ allowed: String) throws -> JobsConfiguration {
        let file = folder.path + "/secret"
        try Data((Self.secret + "\n").utf8).write(to: URL(filePath: file))
        var jobs = JobsConfiguration()
        jobs.webhooks = [allowed]
        jobs.webhookSecret = file
        jobs.webhookAttempts = 4
        return jobs
    }

    @Test("a job's end is told to the address, signed, until it is taken")
    func delivery() async throws {
        let folder = try TemporaryDirectory()
        let receiver = try Receiver(statuses: [500, 302, 204])
        let client = try LocalClient(jobs: try configuration(folder, receiver.url + "/hooks"))
        let accepted = try await client.post(
            "/v1/analyze",
            headers: [.named("Prefer"): "respond-async", .named("Fovea-Webhook"): receiver.url + "/hooks/done"])
        #expect(accepted.status == 202, "\(accepted.text)")
        let path = try #require(accepted.headers[.location])
        var job: [String: JSON] = [:]
        let isDelivered = try await eventually {
            job = try await client.send(.get, path).object()
            return job["webhook"]?["delivered"] == .bool(true)
        }
        #expect(isDelivered)
        #expect(job["webhook"]?["attempts"]?.number == 3)
        let calls = receiver.calls
        #expect(calls.count == 3, "a redirect is not followed")
        for call in calls {
            #expect(call.hasPrefix("POST /hooks/done HTTP/1.1\r\n"))
            let body = try #require(call.split(separator: "\r\n\r\n", maxSplits: 1).last)
            #expect(body.contains(#""state":"done""#) && body.contains(#""result":{"#))
            let fields = Dictionary(
                call.split(separator: "\r\n").compactMap { line -> (String, String)? in
                    let halves = line.split(separator: ": ", maxSplits: 1)
                    return halves.count == 2 ? (halves[0].lowercased(), String(halves[1])) : nil
                }, uniquingKeysWith: { first, _ in first })
            let (id, time) = (try #require(fields["webhook-id"]), try #require(fields["webhook-timestamp"]))
            #expect(id == job["id"]?.string)
            let secret = try #require(WebhookSecret(Self.secret))
            let timestamp = try #require(Int64(time))
            #expect(
                fields["webhook-signature"]
                    == secret.signature(id: id, timestamp: timestamp, body: Array(body.utf8)))
        }
        let metrics = try await client.send(.get, "/metrics").text
        #expect(metrics.contains(#"fovea_webhook_calls_total{outcome="delivered"} 1"#))
        #expect(metrics.contains(#"fovea_webhook_calls_total{outcome="failed"} 2"#))
    }

    @Test(
        "calls no address that the configuration does not allow",
        arguments: [
            ("https://example.org/hooks/x", 202), ("https://EXAMPLE.org:443/hooks", 202),
            ("https://example.org/hooks/x?y=1%20", 202), ("https://example.org/hooksy", 403),
            ("http://example.org/hooks", 403), ("https://example.org:8443/hooks", 403),
            ("https://example.org.evil.net/hooks", 403), ("https://169.254.169.254/hooks", 403),
            ("https://example.org/hooks/../admin", 400), ("https://example.org/hooks/%2e%2e/admin", 400),
            ("https://example.org@evil.net/hooks", 400), ("https://user:pw@example.org/hooks", 400),
            ("https://example.org/hooks#x", 400), ("https://example.org\\@evil.net/hooks", 400),
            ("file:///etc/passwd", 400), ("https://", 400), ("https://example.org:0/hooks", 400),
            ("https://example.org:99999/hooks", 400), ("https://[::1]/hooks", 400), ("hooks", 400),
        ])
    func addresses(address: String, status: Int) async throws {
        let folder = try TemporaryDirectory()
        // Never ends, so that nothing is called.
        let client = try LocalClient(
            FakeAnalyzer { _, _ in
                try await Task.sleep(for: .seconds(600))
                throw CancellationError()
            }, jobs: try configuration(folder, "https://example.org/hooks"))
        let answer = try await client.post(
            "/v1/analyze", headers: [.named("Prefer"): "respond-async", .named("Fovea-Webhook"): address])
        #expect(answer.status == status, "\(answer.text)")
        if let path = answer.headers[.location] { _ = try await client.send(.delete, path) }
    }

    @Test("goes only with a deferred request, and only where addresses are allowed")
    func misuse() async throws {
        let client = try LocalClient()
        let address: HTTPFields = [.named("Fovea-Webhook"): "https://example.org/hooks"]
        #expect(try await client.post("/v1/analyze", headers: address).status == 400)
        var later = address
        later[.named("Prefer")] = "respond-async"
        #expect(try await client.post("/v1/analyze", headers: later).status == 403)
    }

    @Test("refuses to start with addresses but no usable secret", arguments: ["", "whsec_", "whsec_AAAA", "secret"])
    func secrets(text: String) throws {
        let folder = try TemporaryDirectory()
        var jobs = try configuration(folder, "https://example.org")
        try Data(text.utf8).write(to: URL(filePath: folder.path + "/secret"))
        #expect(throws: ConfigurationError.self) { try LocalClient(jobs: jobs) }
        jobs.webhookSecret = nil
        #expect(throws: ConfigurationError.self) { try LocalClient(jobs: jobs) }
    }

    @Test("signs as Standard Webhooks and RFC 4231 have it")
    func signatures() throws {
        let secret = try #require(WebhookSecret(Self.secret))
        #expect(
            secret.signature(
                id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
                body: Array(#"{"test": 2432232314}"#.utf8)) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        let cases: [([UInt8], [UInt8], String)] = [
            ([UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8), "b0344c61d8db38535ca8afceaf0bf12b"),
            (Array("Jefe".utf8), Array("what do ya want for nothing?".utf8), "5bdcc146bf60754e6a042426089575c7"),
            (
                [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8), "60e431591ee0b67f0d8a26aacbf5b77f"
            ),
        ]
        for (key, message, expected) in cases {
            let hex = HMAC.sha256(key: key, message: message).map { byte in
                let digits = String(byte, radix: 16)
                return byte < 16 ? "0" + digits : digits
            }.joined()
            #expect(hex.hasPrefix(expected))
        }
    }
}
