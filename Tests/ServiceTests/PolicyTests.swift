import Configuration
import HTTPTypes
import Pipeline
import Service
import Synchronization
import Tensors
import Testing

@Suite("What happens to frames that come too fast", .timeLimit(.minutes(1))) struct PolicyTests {
    private func summary(_ client: LocalClient) async throws -> [String: JSON] {
        try await client.send(.get, "/v1/sensors/cam").object()
    }

    /// A service that takes one frame of a sensor at a time, none before the gate opens.
    private func fixture(
        _ change: (inout ServiceConfiguration) -> Void = { _ in }
    ) throws -> (client: LocalClient, gate: Gate, analyzer: FakeAnalyzer) {
        var configuration = ServiceConfiguration()
        configuration.sensorInFlight = 1
        change(&configuration)
        let gate = Gate()
        let analyzer = FakeAnalyzer { input, options in
            await gate.wait()
            return FakeAnalyzer.result(of: input, options: options)
        }
        return (try LocalClient(analyzer, configuration: configuration), gate, analyzer)
    }

    @Test("answers every frame of a lossless sensor, in the order in which they came", arguments: [true, false])
    func lossless(isDefault: Bool) async throws {
        let (client, gate, analyzer) = try fixture { if isDefault { $0.sensorPolicy = .lossless } }
        let path = "/v1/sensors/cam/frames" + (isDefault ? "" : "?policy=lossless")
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 1...12 {
                group.addTask { try await client.post(path, body: Array(repeating: 1, count: index)).status }
                // The next one is sent when this one is in the books.
                #expect(try await eventually { try await summary(client)["received"]?.number == index })
            }
            // A frame is counted a moment before it waits; give the last one that moment.
            try await Task.sleep(for: .milliseconds(50))
            gate.open()
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 12))
        let final = try await summary(client)
        #expect(final["answered"]?.number == 12 && final["policy"]?.string == "lossless")
        #expect(analyzer.calls.map(\.input.bytes.byteCount) == Array(1...12))
    }

    @Test("refuses a lossless frame when as many wait as may")
    func backlog() async throws {
        let (client, gate, _) = try fixture { $0.sensorBacklog = 2 }
        let path = "/v1/sensors/cam/frames?policy=lossless"
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 1...5 {
                group.addTask { try await client.post(path, body: [UInt8(index)]).status }
            }
            #expect(try await eventually { try await summary(client)["dropped"]?["overloaded"]?.number == 2 })
            gate.open()
            return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(statuses == [200: 3, 429: 2])
    }

    @Test("a lossless frame waits for a place in the queue that others fill; the latest one does not")
    func fullQueue() async throws {
        let refusals = Mutex(3)
        let analyzer = FakeAnalyzer { input, options in
            let isRefused = refusals.withLock { left in
                left -= 1
                return left >= 0
            }
            if isRefused { throw PipelineError.overloaded(queueLimit: 1, retryAfter: 1) }
            return FakeAnalyzer.result(of: input, options: options)
        }
        let client = try LocalClient(analyzer)
        #expect(try await client.post("/v1/sensors/cam/frames?policy=latest").status == 429)
        #expect(try await client.post("/v1/sensors/cam/frames?policy=lossless").status == 200)
        #expect(analyzer.calls.count == 4)
    }

    @Test("names a policy that there is not")
    func unknown() async throws {
        let client = try LocalClient()
        let response = try await client.post("/v1/sensors/cam/frames?policy=best")
        #expect(response.status == 400 && response.text.contains("lossless"))
    }

    @Test("shows policy and books in the metrics")
    func metrics() async throws {
        let client = try LocalClient()
        #expect(try await client.post("/v1/sensors/cam/frames?policy=lossless").status == 200)
        let text = try await client.send(.get, "/metrics").text
        #expect(text.contains(#"fovea_sensor_info{sensor="cam",policy="lossless"} 1"#))
        #expect(text.contains(#"fovea_sensor_frames_received_total{sensor="cam"} 1"#))
    }

    @Test("reads cameras from one setting")
    func cameras() throws {
        let list = try CameraSetting.list(
            "dock=Fovea-imx500-1?policy=lossless&black_level=64&model=yolov3-tiny,yard=192.168.1.20")
        #expect(list.map(\.sensor) == ["dock", "yard"] && list.map(\.device) == ["Fovea-imx500-1", "192.168.1.20"])
        #expect(list[0].policy == .lossless && list[0].blackLevel == 64 && list[0].options.model == "yolov3-tiny")
        #expect(list[1].policy == nil && list[1].blackLevel == 0)
    }

    @Test(
        "says what is wrong with a camera's setting",
        arguments: [
            "dock", "=x", "dock=", "do ck=x", "dock=x?policy=best", "dock=x?wait=true", "dock=x?black_level=-1",
            "a=x,a=y",
            "dock=x?confidence=2",
        ])
    func badCameras(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try CameraSetting.list(text) }
        #expect(error.map { "\($0)".hasPrefix("cameras") } == true)
    }
}
