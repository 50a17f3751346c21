import Codecs
import HTTPTypes
import Pipeline
import Service
import Tensors
import TestSupport
import Testing
import Vision

@Suite(.timeLimit(.minutes(2))) struct ConnectionTests {
    private static let post = "POST /v1/analyze HTTP/1.1\r\nHost: x\r\n"

    private static func summary(_ server: LiveServer) async throws -> String {
        try await server.exchange("GET /v1/sensors/cam HTTP/1.1\r\nHost: x\r\n\r\n")
    }

    @Test("answers many frames on one connection")
    func keepAlive() async throws {
        let text = try await withLiveServer { server in
            let socket = try server.connect()
            var statuses: [String] = []
            for index in 1...20 {
                let body = [UInt8](repeating: 1, count: index * 10_000)
                socket.send(
                    "POST /v1/sensors/cam/frames HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\nFovea-Sequence: \(index)\r\n\r\n"
                )
                socket.send(body)
                let response = await socket.readResponse()
                statuses.append(String(response.prefix(12)))
                #expect(response.contains("\"sha256\":\"\(body.count)\""))
            }
            #expect(statuses == Array(repeating: "HTTP/1.1 200", count: 20))
            return try await Self.summary(server)
        }
        #expect(text.contains("\"answered\":20,") && text.contains("\"missing\":0,"))
    }

    @Test("answers requests that came in one piece, in their order")
    func pipelining() async throws {
        try await withLiveServer { server in
            let socket = try server.connect()
            let one = "POST /v1/analyze HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"
            let two =
                "POST /v1/analyze HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n0\r\n\r\n"
            socket.send(one + two)
            let text = await socket.readToEnd()
            let first = try #require(text.firstRange(of: "\"sha256\":\"1\""))
            let second = try #require(text.firstRange(of: "\"sha256\":\"2\""))
            #expect(first.lowerBound < second.lowerBound)
        }
    }

    @Test("cancels the analysis of a client that goes", arguments: [true, false])
    func disconnect(fromSensor: Bool) async throws {
        let gate = Gate()
        let analyzer = FakeAnalyzer { input, options in
            await gate.wait()
            try Task.checkCancellation()
            return FakeAnalyzer.result(of: input, options: options)
        }
        try await withLiveServer(analyzer) { server in
            let path = fromSensor ? "/v1/sensors/cam/frames" : "/v1/analyze"
            let socket = try server.connect()
            socket.send("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
            #expect(await eventually { gate.waitingCount == 1 })
            socket.close()
            #expect(await eventually { gate.waitingCount == 0 })
            let metrics = await onceMetrics(server) { $0.contains("reason=\"disconnected\"} 1") }
            #expect(
                metrics.contains(
                    "fovea_frames_dropped_total{sensor=\"\(fromSensor ? "cam" : "-")\",reason=\"disconnected\"} 1"))
        }
    }

    @Test("answers a client that only closes its sending side", arguments: [true, false])
    func halfClose(atOnce: Bool) async throws {
        let gate = Gate()
        let analyzer = FakeAnalyzer { input, options in
            await gate.wait()
            try Task.checkCancellation()
            return FakeAnalyzer.result(of: input, options: options)
        }
        let text = try await withLiveServer(analyzer) { server in
            let socket = try server.connect()
            socket.send("\(Self.post)Content-Length: 1\r\n\r\na")
            if atOnce { socket.closeSending() }
            #expect(await eventually { gate.waitingCount == 1 })
            socket.closeSending()
            // The interim answer shows that the service has noticed, and waits.
            var text = await socket.read { $0.contains("100 Continue") }
            gate.open()
            text += await socket.readToEnd()
            return text
        }
        #expect(text.contains("HTTP/1.1 200 OK") && text.contains("\"sha256\":\"1\""))
    }

    private func onceMetrics(_ server: LiveServer, _ condition: (String) -> Bool) async -> String {
        var text = ""
        _ = await eventually {
            text = (try? await server.exchange("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")) ?? ""
            return condition(text)
        }
        return text
    }

    @Test(
        "counts a frame whose client goes in the middle of it as disconnected",
        arguments: ["Content-Length: 100", "Transfer-Encoding: chunked"])
    func halfABody(framing: String) async throws {
        let analyzer = FakeAnalyzer()
        try await withLiveServer(analyzer) { server in
            let socket = try server.connect()
            socket.send("POST /v1/sensors/cam/frames HTTP/1.1\r\nHost: x\r\n\(framing)\r\n\r\n10\r\nabc")
            #expect(try await eventually { try await Self.summary(server).contains("\"inProgress\":1") })
            socket.close()
            #expect(try await eventually { try await Self.summary(server).contains("\"disconnected\":1") })
        }
        #expect(analyzer.calls.isEmpty)
    }

    @Test("tells a client that waits for it to go on, unless the body is too large")
    func expectation() async throws {
        try await withLiveServer { server in
            let socket = try server.connect()
            socket.send(Self.post + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            let interim = await socket.read { $0.hasSuffix("\r\n\r\n") }
            #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
            socket.send("abc")
            #expect(await socket.readResponse().hasPrefix("HTTP/1.1 200"))
            let refused = try server.connect()
            refused.send(Self.post + "Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n")
            #expect(await refused.readResponse().hasPrefix("HTTP/1.1 413"))
        }
    }

    @Test("refuses a flood of header fields and stays alive", arguments: [100_000, 300])
    func headerFlood(count: Int) async throws {
        try await withLiveServer { server in
            let socket = try server.connect()
            let flood = Array((Self.post + (0..<count).map { "X-\($0): y\r\n" }.joined() + "\r\n").utf8)
            // The answer comes while the flood is still being sent.
            async let sent = onThread { socket.send(flood) }
            let response = await socket.readResponse()
            socket.close()
            _ = await sent
            #expect(response.hasPrefix("HTTP/1.1 431 "))
            #expect(
                response.contains("\"type\":\"urn:fovea:problem:header-too-large\"") && response.contains("256 fields"))
            #expect(try await server.exchange("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        }
    }

    private static let improper: [(request: String, status: Int)] = [
        ("GET / HTTP/9.9\r\n\r\n", 505), ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505), ("NONSENSE\r\n\r\n", 501),
        ("FROB / HTTP/1.1\r\nHost: x\r\n\r\n", 501), ("get / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("\u{16}\u{3}\u{1}\0\u{1}", 501),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (
            "POST /v1/analyze HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400
        ),
        ("POST /v1/analyze HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\nabc", 400),
        ("POST /v1/analyze HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 400),
        ("GET /\(String(repeating: "a", count: 40_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 20_000))\r\n\r\n", 431),
    ]

    @Test("answers what is no proper request with a problem, counts it, and stays alive", arguments: improper)
    func malformed(request: String, status: Int) async throws {
        try await withLiveServer { server in
            let socket = try server.connect()
            async let sent = onThread { socket.send(request) }
            let response = await socket.readResponse()
            _ = await sent
            #expect(response.hasPrefix("HTTP/1.1 \(status) "), "\(response.prefix(80))")
            let header = response.lowercased()
            #expect(header.contains("content-type: application/problem+json"))
            #expect(header.contains("x-request-id: ") && header.contains("connection: close"))
            #expect(header.contains("server: fovea/1.2.3") && header.contains(" gmt\r\n"))
            #expect(response.contains("\"status\":\(status)") && response.contains("\"requestId\":\""))
            let metrics = try await server.exchange("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(metrics.firstMatch(of: /fovea_http_requests_total{[^}]*status="(\d+)"} 1/)?.1 == "\(status)")
        }
    }

    @Test("answers the proper request before the improper one that follows it on the connection")
    func improperSecond() async throws {
        let gate = Gate()
        let analyzer = FakeAnalyzer { input, options in
            await gate.wait()
            return FakeAnalyzer.result(of: input, options: options)
        }
        try await withLiveServer(analyzer) { server in
            let socket = try server.connect()
            socket.send(Self.post + "Content-Length: 1\r\n\r\naFROB / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await eventually { gate.waitingCount == 1 })
            gate.open()
            let text = await socket.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 200 "))
            let second = try #require(text.firstRange(of: "HTTP/1.1 501 "))
            let answer = try #require(text.firstRange(of: "\"sha256\":\"1\""))
            #expect(answer.lowerBound < second.lowerBound)
        }
    }

    @Test("closes connections whose header comes too slowly")
    func slowHeader() async throws {
        var configuration = ServiceConfiguration()
        configuration.headerTimeout = .milliseconds(200)
        try await withLiveServer(configuration: configuration) { server in
            let socket = try server.connect()
            let drip = Task {
                for byte in Self.post.utf8 {
                    socket.send([byte])
                    try await Task.sleep(for: .milliseconds(40))
                }
            }
            #expect(await socket.readToEnd() == "")
            drip.cancel()
        }
    }

    @Test("answers 408 to a body that comes too slowly")
    func slowBody() async throws {
        var configuration = ServiceConfiguration()
        configuration.bodyTimeout = .milliseconds(200)
        configuration.minimumBodyRate = 1000
        try await withLiveServer(configuration: configuration) { server in
            let socket = try server.connect()
            socket.send(Self.post + "Content-Length: 1000\r\n\r\n")
            let drip = Task {
                while true {
                    socket.send("a")
                    try await Task.sleep(for: .milliseconds(40))
                }
            }
            let response = await socket.readToEnd()
            drip.cancel()
            #expect(response.hasPrefix("HTTP/1.1 408"))
            #expect(response.contains("urn:fovea:problem:too-slow"))
        }
    }

    @Test("gives up on a client that takes nothing of its answer")
    func slowReader() async throws {
        var configuration = ServiceConfiguration()
        configuration.writeTimeout = .milliseconds(200)
        let analyzer = FakeAnalyzer { input, options in
            var analysis = FakeAnalyzer.result(of: input, options: options)
            analysis.result.frame.source = String(repeating: "x", count: 64 << 20)
            return analysis
        }
        try await withLiveServer(analyzer, configuration: configuration) { server in
            let socket = try server.connect()
            socket.send("POST /v1/analyze HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
            let begin = try #require(await socket.read())
            // From the answer's first bytes on: long enough for a busy machine to lose its patience.
            try await Task.sleep(for: .seconds(6))
            let rest = await socket.readToEnd()
            #expect(begin.count + rest.utf8.count < 64 << 20)
        }
    }

    @Test("closes idle connections, and those whose body it does not want")
    func idleAndUnwanted() async throws {
        var configuration = ServiceConfiguration()
        configuration.idleTimeout = .milliseconds(200)
        try await withLiveServer(configuration: configuration) { server in
            let idle = try server.connect()
            #expect(await idle.readToEnd() == "")
        }
        try await withLiveServer { server in
            let unwanted = try server.connect()
            unwanted.send("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc")
            let response = await unwanted.readToEnd()
            #expect(response.hasPrefix("HTTP/1.1 404") && response.lowercased().contains("connection: close"))
        }
    }
}
