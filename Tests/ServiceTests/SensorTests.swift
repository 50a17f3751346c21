import Codecs
import HTTPTypes
import Pipeline
import Service
import Tensors
import Testing
import Vision

@Suite(.timeLimit(.minutes(1))) struct SensorTests {
    private func summary(_ client: LocalClient, _ id: String = "cam") async throws -> [String: JSON] {
        try await client.send(.get, "/v1/sensors/\(id)").object()
    }

    private func dropped(_ summary: [String: JSON], _ reason: String) -> Int? { summary["dropped"]?[reason]?.number }

    private func addsUp(_ summary: [String: JSON]) -> Bool {
        guard case .object(let reasons)? = summary["dropped"] else { return false }
        let dropped = reasons.values.compactMap(\.number).reduce(0, +)
        return summary["received"]?.number
            == (summary["answered"]?.number ?? 0) + dropped + (summary["inProgress"]?.number ?? 0)
    }

    @Test("answers a sensor's frame with its result and keeps it as the latest")
    func ingest() async throws {
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(analyzer)
        let response = try await client.post(
            "/v1/sensors/cam/frames?confidence=0.5", headers: [.named("Fovea-Sequence"): "7"])
        #expect(response.status == 200)
        #expect(try response.result().frame.sensor == "cam" && response.result().frame.sequence == 7)
        let latest = try await client.send(.get, "/v1/sensors/cam/latest.json")
        #expect(latest.body == response.body)
        #expect(analyzer.calls.count == 1 && analyzer.calls[0].options.picture == nil)
        let final = try await summary(client)
        #expect(final["answered"]?.number == 1 && final["lastSequence"]?.number == 7 && addsUp(final))
    }

    @Test("asks for the camera's health once in a while and tells of it")
    func health() async throws {
        let health = CameraHealth(
            blackLevel: 64, blackLevelDrift: -1.5, clippedShare: 0.25, darkShare: 0.5, defectShare: 0.000_03,
            sharpness: 0.125)
        let analyzer = FakeAnalyzer { input, options in
            var analysis = FakeAnalyzer.result(of: input, options: options)
            if options.statistics { analysis.health = health }
            return analysis
        }
        let client = try LocalClient(analyzer)
        for _ in 0..<3 { #expect(try await client.post("/v1/sensors/cam/frames").status == 200) }
        #expect(analyzer.calls.map(\.options.statistics) == [true, false, false])
        let text = try await client.send(.get, "/metrics").text
        for line in [
            #"fovea_sensor_black_level{sensor="cam"} 64"#, #"fovea_sensor_black_level_drift{sensor="cam"} -1.5"#,
            #"fovea_sensor_clipped_ratio{sensor="cam"} 0.25"#, #"fovea_sensor_dark_ratio{sensor="cam"} 0.5"#,
            #"fovea_sensor_sharpness{sensor="cam"} 0.125"#,
        ] {
            #expect(text.contains(line), "\(line)")
        }
    }

    @Test("makes the latest picture when asked, once a frame")
    func latestPicture() async throws {
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(analyzer)
        #expect(try await client.send(.get, "/v1/sensors/cam/latest.jpg").status == 404)
        _ = try await client.post("/v1/sensors/cam/frames?confidence=0.5")
        for _ in 0..<3 {
            let picture = try await client.send(.get, "/v1/sensors/cam/latest.jpg")
            #expect(picture.status == 200 && picture.contentType == "image/jpeg")
            #expect(picture.body == FakeAnalyzer.picture(.jpeg(quality: 85))?.bytes)
            #expect(picture.headers[.named("Fovea-Frame-Number")] == "1")
        }
        #expect(analyzer.calls.count == 2)
        #expect(analyzer.calls[1].options.confidenceThreshold == 0.5)
    }

    @Test("never looks at a frame that is not the one that was sent, and counts it")
    func incomplete() async throws {
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(analyzer)
        func post(_ digest: String, sequence: Int) async throws -> Int {
            try await client.post(
                "/v1/sensors/cam/frames",
                headers: [.named("Fovea-Sequence"): "\(sequence)", .named("Content-Digest"): digest]
            ).status
        }
        let wrong = "sha-256=:\(String(repeating: "A", count: 43))=:"
        #expect(try await post(wrong, sequence: 1) == 400)
        #expect(try await post("sha-256=:short:", sequence: 2) == 400)
        #expect(analyzer.calls.isEmpty)
        // Digests by other algorithms are passed over (RFC 9530, section 2).
        #expect(try await post("md5=:AAAA:", sequence: 3) == 200)
        let final = try await summary(client)
        #expect(dropped(final, "incomplete") == 1 && dropped(final, "malformed") == 1 && addsUp(final))
    }

    @Test("drops the frame that waits when a newer one comes")
    func superseded() async throws {
        var configuration = ServiceConfiguration()
        configuration.sensorInFlight = 1
        let gate = Gate()
        let analyzer = FakeAnalyzer { input, options in
            await gate.wait()
            return FakeAnalyzer.result(of: input, options: options)
        }
        let client = try LocalClient(analyzer, configuration: configuration)
        async let running = client.post("/v1/sensors/cam/frames", body: [1])
        #expect(await eventually { gate.waitingCount == 1 })
        async let older = client.post("/v1/sensors/cam/frames", body: [2, 2])
        #expect(try await eventually { try await summary(client)["inProgress"]?.number == 2 })
        // The older frame is counted a moment before it waits; give it that moment.
        try await Task.sleep(for: .milliseconds(50))
        async let newer = client.post("/v1/sensors/cam/frames", body: [3, 3, 3])
        let lost = try await older
        #expect(lost.status == 429 && lost.headers[.retryAfter] == "0")
        #expect(try lost.object()["type"]?.string == "urn:fovea:problem:superseded")
        gate.open()
        #expect(try await running.status == 200)
        #expect(try await newer.result().frame.sha256 == "3")
        let final = try await summary(client)
        #expect(dropped(final, "superseded") == 1 && final["answered"]?.number == 2 && addsUp(final))
    }

    @Test("accounts for every frame exactly under concurrency")
    func accounting() async throws {
        let analyzer = FakeAnalyzer { input, options in
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...3)))
            switch input.bytes.bytes[0] % 5 {
            case 1: throw PipelineError.overloaded(queueLimit: 1, retryAfter: 1)
            case 2: throw PipelineError.deadlineExceeded(milliseconds: 1)
            case 3: throw PipelineError.badModel(name: "m", detail: "d")
            default: return FakeAnalyzer.result(of: input, options: options)
            }
        }
        let client = try LocalClient(analyzer)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<400 {
                group.addTask {
                    let query = index % 10 == 9 ? "?nonsense=1" : ""
                    return try await client.post(
                        "/v1/sensors/cam-\(index % 3)/frames\(query)", body: [UInt8(index % 251)]
                    ).status
                }
            }
            return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        var received = 0, answered = 0, reasons: [String: Int] = [:]
        for id in 0..<3 {
            let summary = try await summary(client, "cam-\(id)")
            #expect(addsUp(summary))
            #expect(summary["inProgress"]?.number == 0)
            received += summary["received"]?.number ?? 0
            answered += summary["answered"]?.number ?? 0
            for reason in [
                "malformed", "incomplete", "overloaded", "superseded", "deadline", "failed", "disconnected", "shutdown",
            ] {
                reasons[reason, default: 0] += dropped(summary, reason) ?? 0
            }
        }
        #expect(received == 400 && answered == statuses[200])
        #expect(reasons["malformed"] == statuses[400] && reasons["malformed"] == 40)
        #expect(reasons["deadline"] == statuses[504] ?? 0 && reasons["failed"] == statuses[500] ?? 0)
        #expect((reasons["overloaded"] ?? 0) + (reasons["superseded"] ?? 0) == statuses[429] ?? 0)
        #expect(reasons["disconnected"] == 0 && reasons["shutdown"] == 0)
    }

    @Test("answers at once and works on with wait=false")
    func withoutWaiting() async throws {
        let gate = Gate()
        let client = try LocalClient(
            FakeAnalyzer { input, options in
                await gate.wait()
                return FakeAnalyzer.result(of: input, options: options)
            })
        let response = try await client.post("/v1/sensors/cam/frames?wait=false")
        #expect(response.status == 202)
        #expect(try await summary(client)["inProgress"]?.number == 1)
        gate.open()
        #expect(try await eventually { try await summary(client)["answered"]?.number == 1 })
    }

    @Test(
        "tells missing frames from the sensor's numbers",
        arguments: [
            ([1, 2, 3], 0, 0, 0), ([1, 5], 3, 0, 0), ([1, 3, 2], 0, 0, 0), ([1, 1], 0, 1, 0), ([9, 0, 1], 0, 0, 1),
            ([0, .max], .max - 1, 0, 0), ([5, 9, 2, 4], 4, 0, 1),
        ] as [([UInt64], UInt64, Int, Int)])
    func sequence(numbers: [UInt64], missing: UInt64, repeated: Int, restarts: Int) async throws {
        let client = try LocalClient()
        for number in numbers {
            let response = try await client.post(
                "/v1/sensors/cam/frames", headers: [.named("Fovea-Sequence"): "\(number)"])
            #expect(response.status == 200)
        }
        let text = try await client.send(.get, "/v1/sensors/cam").text
        #expect(text.contains("\"missing\":\(missing),"))
        #expect(text.contains("\"repeated\":\(repeated),") && text.contains("\"restarts\":\(restarts),"))
    }

    @Test(
        "refuses ids that are not names", arguments: ["a%20b", ".hidden", "-x", "ü", String(repeating: "a", count: 65)])
    func badID(id: String) async throws {
        let response = try await LocalClient().post("/v1/sensors/\(id)/frames")
        #expect(response.status == 400)
        #expect(try response.object()["field"]?.string == "id")
    }

    @Test("takes no more sensors than configured, and lets silent ones go")
    func limit() async throws {
        var configuration = ServiceConfiguration()
        configuration.maximumSensors = 2
        let full = try LocalClient(configuration: configuration)
        for id in ["a", "b"] { #expect(try await full.post("/v1/sensors/\(id)/frames").status == 200) }
        let third = try await full.post("/v1/sensors/c/frames")
        #expect(third.status == 429)
        #expect(try third.object()["limit"]?.number == 2)
        configuration.sensorIdleTimeout = .milliseconds(10)
        let forgetful = try LocalClient(configuration: configuration)
        for id in ["a", "b"] { _ = try await forgetful.post("/v1/sensors/\(id)/frames") }
        try await Task.sleep(for: .milliseconds(30))
        #expect(try await forgetful.post("/v1/sensors/c/frames").status == 200)
        #expect(try await forgetful.send(.get, "/v1/sensors").text.contains("\"id\":\"c\""))
    }

    @Test("what was counted for a sensor that made room stays in the sums, and its series go")
    func eviction() async throws {
        var configuration = ServiceConfiguration()
        configuration.maximumSensors = 1
        configuration.sensorIdleTimeout = .milliseconds(10)
        let client = try LocalClient(configuration: configuration)
        for number in 0..<20 {
            try await Task.sleep(for: .milliseconds(15))
            #expect(try await client.post("/v1/sensors/s\(number)/frames").status == 200)
        }
        let metrics = try await client.send(.get, "/metrics").text
        let frames = metrics.split(separator: "\n").filter { $0.hasPrefix("fovea_frames_total") }
        #expect(
            frames == [
                "fovea_frames_total{sensor=\"(evicted)\",outcome=\"answered\"} 19",
                "fovea_frames_total{sensor=\"s19\",outcome=\"answered\"} 1",
            ])
    }
}
