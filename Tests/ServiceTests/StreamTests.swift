import Codecs
import HTTPTypes
import Pipeline
import Service
import ServiceLifecycle
import Tensors
import Testing
import Vision

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
    private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    private static func send(_ server: LiveServer, _ body: String = "a") async throws {
        let response = try await server.exchange(
            "POST /v1/sensors/cam/frames HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(response.hasPrefix("HTTP/1.1 200"))
    }

    @Test("sends each result as an event with a running number, and heartbeats between")
    func events() async throws {
        var configuration = ServiceConfiguration()
        configuration.heartbeatInterval = .milliseconds(50)
        try await withLiveServer(configuration: configuration) { server in
            try await Self.send(server)
            let socket = try server.connect()
            socket.send(Self.get("/v1/sensors/cam/results"))
            let head = await socket.read { $0.contains("retry: 2000\n\n") }
            #expect(head.contains("text/event-stream"))
            try await Self.send(server, "ab")
            try await Self.send(server, "abc")
            let text = await socket.read {
                $0.contains("id: 3\n") && $0.contains(": heartbeat\n\n") && $0.contains("\"sha256\":\"3\"")
            }
            #expect(text.contains("event: result\nid: 2\ndata: {") && text.contains("event: result\nid: 3\ndata: {"))
            socket.close()
            #expect(
                try await eventually {
                    try await server.exchange(Self.get("/v1/sensors/cam")).contains("\"watchers\":0")
                })
        }
    }

    @Test("sends annotated pictures, made only while somebody watches")
    func pictures() async throws {
        let analyzer = FakeAnalyzer()
        try await withLiveServer(analyzer) { server in
            try await Self.send(server)
            #expect(analyzer.calls.last?.options.picture == nil)
            let socket = try server.connect()
            socket.send(Self.get("/v1/sensors/cam/live.mjpeg"))
            let head = await socket.read { $0.contains("--fovea-frame\r\n") }
            #expect(head.contains("multipart/x-mixed-replace; boundary=fovea-frame"))
            try await Self.send(server)
            #expect(analyzer.calls.last?.options.picture == .jpeg(quality: 85))
            let part = await socket.read { $0.contains("\r\n--fovea-frame\r\n") }
            let length = try #require(FakeAnalyzer.picture(.jpeg(quality: 85))).bytes.count
            #expect(
                part.contains(
                    "Content-Type: image/jpeg\r\nContent-Length: \(length)\r\nFovea-Frame-Number: 2\r\n\r\n"))
            socket.close()
            #expect(
                try await eventually {
                    try await Self.send(server)
                    return analyzer.calls.last?.options.picture == nil
                })
        }
    }

    @Test("ends streams when the service stops, and answers what it has begun")
    func shutdown() async throws {
        let gate = Gate()
        let analyzer = FakeAnalyzer { input, options in
            if input.bytes.byteCount == 9 { await gate.wait() }
            return FakeAnalyzer.result(of: input, options: options)
        }
        try await withLiveServer(analyzer) { server in
            try await Self.send(server)
            let events = try server.connect()
            events.send(Self.get("/v1/sensors/cam/results"))
            _ = await events.read { $0.contains("retry") }
            let pictures = try server.connect()
            pictures.send(Self.get("/v1/sensors/cam/live.mjpeg"))
            _ = await pictures.read { $0.contains("--fovea-frame") }
            let busy = try server.connect()
            busy.send("POST /v1/analyze HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabcdefghi")
            #expect(await eventually { gate.waitingCount == 1 })
            await server.group.triggerGracefulShutdown()
            #expect(await events.readToEnd().hasSuffix("0\r\n\r\n"))
            #expect(await pictures.readToEnd().hasSuffix("0\r\n\r\n"))
            gate.open()
            #expect(await busy.readToEnd().hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test("lets a slow reader miss results, counts them, and holds up nobody")
    func slowReader() async throws {
        var configuration = ServiceConfiguration()
        configuration.eventBacklog = 4
        let label = String(repeating: "x", count: 1 << 20)
        let analyzer = FakeAnalyzer { input, options in
            var analysis = FakeAnalyzer.result(of: input, options: options)
            analysis.result.detections?[0].label = label
            return analysis
        }
        try await withLiveServer(analyzer, configuration: configuration) { server in
            try await Self.send(server)
            let socket = try server.connect()
            socket.send(Self.get("/v1/sensors/cam/results"))
            _ = await socket.read { $0.contains("retry") }
            for _ in 0..<40 { try await Self.send(server) }
            let metrics = try await server.exchange(Self.get("/metrics"))
            #expect(metrics.contains("fovea_stream_dropped_total{sensor=\"cam\",stream=\"results\"}"))
            #expect(metrics.contains("fovea_frames_total{sensor=\"cam\",outcome=\"answered\"} 41"))
        }
    }

    @Test("limits watchers of a sensor")
    func watchers() async throws {
        var configuration = ServiceConfiguration()
        configuration.maximumWatchers = 1
        try await withLiveServer(configuration: configuration) { server in
            try await Self.send(server)
            let socket = try server.connect()
            socket.send(Self.get("/v1/sensors/cam/results"))
            _ = await socket.read { $0.contains("retry") }
            let refused = try await server.exchange(Self.get("/v1/sensors/cam/results"))
            #expect(refused.hasPrefix("HTTP/1.1 429"))
            #expect(try await server.exchange(Self.get("/v1/sensors/other/results")).hasPrefix("HTTP/1.1 404"))
        }
    }
}
