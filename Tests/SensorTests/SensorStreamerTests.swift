import Imaging
import NIOHTTP1
import Sensor
import Synchronization
import Tensors
import Testing

@Suite("Sensor streaming", .timeLimit(.minutes(1)))
struct SensorStreamerTests {
    /// A frame of eight bytes, made after `delay`.
    struct TinySource: FrameSource {
        var delay: Duration = .zero
        /// No frame can be made from this index on.
        var failsAt: UInt64?

        func frame(_ index: UInt64) throws(SensorError) -> SensorFrame {
            if let failsAt, index >= failsAt { throw .badScene(path: "scene", detail: "is gone") }
            if delay > .zero {
                let end = ContinuousClock.now + delay
                while ContinuousClock.now < end {}
            }
            return SensorFrame(
                RawFrame(
                    width: 4, height: 2, pixelFormat: PixelFormat(cfa: .rggb, bitDepth: 8),
                    storage: ByteStorage([UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 8))))
        }
    }

    /// Everything that a stream reported.
    final class Log: Sendable {
        private let entries = Mutex<[StreamEvent]>([])
        var events: [StreamEvent] { entries.withLock { $0 } }
        func add(_ event: StreamEvent) { entries.withLock { $0.append(event) } }

        var answered: [UInt64] {
            events.compactMap { if case .answered(let sequence, _, _) = $0 { sequence } else { nil } }
        }
        func dropped(_ wanted: DropReason) -> [UInt64] {
            events.compactMap { event in
                if case .dropped(let sequence, wanted, _) = event { sequence } else { nil }
            }
        }
        var details: [String] {
            events.compactMap { if case .dropped(_, _, let detail?) = $0 { detail } else { nil } }
        }
    }

    private func options(_ url: String, fps: Double = 200, frames: UInt64? = 20) -> StreamOptions {
        var options = StreamOptions(url: url, sensor: "cam-1", framesPerSecond: fps, frameLimit: frames)
        options.backoff = .milliseconds(5)...(.milliseconds(40))
        return options
    }

    /// Streams until `isEnough`, however long the machine takes for it.
    private func stream(
        _ options: StreamOptions, source: TinySource = TinySource(), into log: Log,
        until isEnough: @escaping @Sendable () -> Bool
    ) async throws -> StreamTotals {
        var options = options
        options.frameLimit = nil
        let streamer = try SensorStreamer(source: source, options: options)
        let running = Task { try await streamer.run { log.add($0) } }
        while !isEnough() && !running.isCancelled { try await Task.sleep(for: .milliseconds(5)) }
        running.cancel()
        return try await running.value
    }

    /// Streams on a clock that comes to the next frame's time when the fate of the last one is known.
    private func streamStepwise(_ options: StreamOptions, into log: Log) async throws -> StreamTotals {
        let clock = StepClock()
        return try await SensorStreamer(source: TinySource(), options: options, clock: clock).run { event in
            log.add(event)
            clock.advance(to: .nanoseconds(Int64(Double(log.events.count) * 1e9 / options.framesPerSecond)))
        }
    }

    /// Checks that each frame time was reported once and that the totals agree with the reports.
    private func checkBooks(_ totals: StreamTotals, _ log: Log, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(totals.generated == totals.answered + totals.droppedCount, sourceLocation: sourceLocation)
        #expect(totals.answered == UInt64(log.answered.count), sourceLocation: sourceLocation)
        for reason in DropReason.allCases {
            #expect(totals.dropped[reason] ?? 0 == UInt64(log.dropped(reason).count), sourceLocation: sourceLocation)
        }
        let sequences = log.answered + DropReason.allCases.flatMap { log.dropped($0) }
        #expect(sequences.sorted() == Array(0..<totals.generated), sourceLocation: sourceLocation)
    }

    @Test("sends each frame with its description over connections that stay open")
    func wire() async throws {
        try await FakeIngest.serving({ number in .answer(body: "{\"n\":\(number)}") }) { server in
            let log = Log()
            var options = options(server.url + "/base/", fps: 50, frames: 10)
            options.headers = ["Authorization": "Bearer k"]
            let totals = try await streamStepwise(options, into: log)
            checkBooks(totals, log)
            #expect(totals.answered == 10)
            #expect(server.requests.count == 10)
            #expect(server.connections <= 2)
            for request in server.requests {
                let sequence = try #require(request.sequence)
                #expect(request.uri == "/base/v1/sensors/cam-1/frames")
                #expect(request.body == [UInt8](repeating: UInt8(sequence), count: 8))
                #expect(request.headers["Content-Type"] == ["application/octet-stream"])
                #expect(request.headers["Fovea-Width"] == ["4"])
                #expect(request.headers["Fovea-Height"] == ["2"])
                #expect(request.headers["Fovea-Pixel-Format"] == ["SRGGB8"])
                #expect(request.headers["Fovea-Timestamp"] == ["\(sequence * 20_000_000)"])
                #expect(request.headers["Authorization"] == ["Bearer k"])
                #expect(request.headers["Content-Length"] == ["8"])
            }
            for case .answered(_, _, let body) in log.events {
                #expect(String(decoding: body, as: UTF8.self).hasPrefix("{\"n\":"))
            }
        }
    }

    @Test(
        "drops frames by name when the service is slower, and never has more under way than it may",
        arguments: [1, 2, 3])
    func backpressure(inFlight: Int) async throws {
        try await FakeIngest.serving({ _ in .answer(after: .milliseconds(60)) }) { server in
            let log = Log()
            var options = options(server.url, fps: 200)
            options.inFlight = inFlight
            let totals = try await stream(options, into: log) {
                log.answered.count > 5 && log.dropped(.backpressure).count > 5
            }
            checkBooks(totals, log)
            #expect(server.mostUnderWay <= inFlight)
            #expect(Set(log.answered.map(Int.init)).isSubset(of: server.requests.compactMap(\.sequence)))
        }
    }

    @Test("drops frames as late when it cannot make them in time")
    func lateFrames() async throws {
        try await FakeIngest.serving({ _ in .answer() }) { server in
            let log = Log()
            var options = options(server.url, fps: 200, frames: 40)
            options.inFlight = 8
            let source = TinySource(delay: .milliseconds(22))
            let totals = try await SensorStreamer(source: source, options: options).run { log.add($0) }
            checkBooks(totals, log)
            #expect(totals.dropped[.late, default: 0] >= 10)
        }
    }

    @Test("leaves a service alone for as long as it asks")
    func retryAfter() async throws {
        try await FakeIngest.serving({ number in
            number == 2
                ? .answer(
                    status: 429, body: #"{"title":"Full","detail":"the queue is full"}"#, headers: ["Retry-After": "1"])
                : .answer()
        }) { server in
            let log = Log()
            let totals = try await streamStepwise(options(server.url, fps: 50, frames: 60), into: log)
            checkBooks(totals, log)
            // Refused at 40 ms for one second: the frames of 40…1,020 ms are dropped, that of 1,040 ms is sent.
            #expect(log.dropped(.refused) == Array(2...51))
            #expect(totals.answered == 10)
            #expect(server.requests.count == 11)
            #expect(log.details.contains("the queue is full"))
        }
    }

    @Test("goes on at once after a refusal without a time")
    func refusalWithoutTime() async throws {
        try await FakeIngest.serving({ $0 % 2 == 0 ? .answer(status: 503) : .answer() }) { server in
            let log = Log()
            let totals = try await streamStepwise(options(server.url, fps: 50, frames: 20), into: log)
            checkBooks(totals, log)
            #expect(totals.dropped[.refused] == 10)
            #expect(totals.answered == 10)
        }
    }

    @Test("connects again after broken connections")
    func brokenConnections() async throws {
        try await FakeIngest.serving({ $0 % 5 == 1 ? .close : .answer() }) { server in
            let log = Log()
            let totals = try await stream(options(server.url, fps: 100), into: log) {
                log.answered.count > 10 && log.dropped(.disconnected).count > 1
            }
            checkBooks(totals, log)
            #expect(totals.disconnections > 0)
            #expect(totals.dropped[.disconnected, default: 0] >= totals.disconnections)
        }
    }

    @Test("waits for a service that starts later")
    func lateService() async throws {
        let port = try await FakeIngest.serving({ _ in .answer() }) { $0.port }
        let log = Log()
        let options = options("http://127.0.0.1:\(port)", fps: 100)
        let running = Task { try await stream(options, into: log) { log.answered.count > 3 } }
        while log.dropped(.disconnected).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let totals = try await FakeIngest.serving(port: port, { _ in .answer() }) { _ in try await running.value }
        checkBooks(totals, log)
        #expect(totals.dropped[.disconnected, default: 0] > 0)
    }

    @Test("says that a service was never there")
    func unreachable() async throws {
        let port = try await FakeIngest.serving({ _ in .answer() }) { $0.port }
        var options = options("http://127.0.0.1:\(port)", fps: 100, frames: nil)
        options.patience = .milliseconds(200)
        let error = await #expect(throws: SensorError.self) { try await streamStepwise(options, into: Log()) }
        guard case .unreachable(let url, let detail, let attempts)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(url == "http://127.0.0.1:\(port)/v1/sensors/cam-1/frames")
        #expect(detail == "connection refused")
        // At 0, 10, 20, 40, 80, 120, 160 and 200 ms: pauses of 5, 10, 20, 40, 40… ms on a raster of 10 ms.
        #expect(attempts == 8)
    }

    @Test("says that there is no such host")
    func unknownHost() async throws {
        let streamer = try SensorStreamer(
            source: TinySource(), options: options("http://no-such-host.invalid:8000", fps: 50, frames: 1))
        let error = await #expect(throws: SensorError.self) { try await streamer.run() }
        guard case .unreachable(_, let detail, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(detail == "no such host: no-such-host.invalid")
    }

    @Test("gives up on a service that rejects its frames, with the service's own words")
    func rejection() async throws {
        try await FakeIngest.serving({ number in
            number < 4
                ? .answer()
                : .answer(status: 400, body: #"{"title":"Bad Request","detail":"Fovea-Width: is 0"}"#)
        }) { server in
            let log = Log()
            let streamer = try SensorStreamer(source: TinySource(), options: options(server.url, fps: 50, frames: 100))
            let error = await #expect(throws: SensorError.self) { try await streamer.run { log.add($0) } }
            #expect(
                error
                    == .rejected(
                        url: server.url + "/v1/sensors/cam-1/frames", status: 400, detail: "Fovea-Width: is 0", count: 3
                    ))
            #expect(log.answered.count == 4)
        }
    }

    @Test("counts failures of the service and answers that never come")
    func failuresAndTimeouts() async throws {
        try await FakeIngest.serving({ number in
            switch number % 3 {
            case 0: .answer(status: 500, body: "oops\nstack")
            case 1: .silence
            default: .answer()
            }
        }) { server in
            let log = Log()
            var options = options(server.url, fps: 50)
            options.timeout = .milliseconds(200)
            options.inFlight = 8
            let totals = try await stream(options, into: log) {
                log.dropped(.failed).count > 2 && log.dropped(.timedOut).count > 2 && log.answered.count > 2
            }
            checkBooks(totals, log)
            #expect(log.details.contains("500 oops"))
        }
    }

    @Test("ends cleanly when cancelled, with every frame accounted for")
    func cancellation() async throws {
        try await FakeIngest.serving({ $0 < 5 ? .answer() : .silence }) { server in
            let log = Log()
            let streamer = try SensorStreamer(source: TinySource(), options: options(server.url, fps: 100, frames: nil))
            let task = Task { try await streamer.run { log.add($0) } }
            // Five answers are in, and two frames wait for theirs.
            while log.answered.count < 5 || server.requests.count < 7 { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            let totals = try await task.value
            checkBooks(totals, log)
            #expect(totals.answered == 5)
            #expect(totals.dropped[.cancelled] == 2)
        }
    }

    @Test("keeps to its schedule: frame times do not drift")
    func schedule() async throws {
        try await FakeIngest.serving({ _ in .answer() }) { server in
            var options = options(server.url, fps: 30, frames: 20)
            options.inFlight = 16
            let clock = ContinuousClock()
            let start = clock.now
            let totals = try await SensorStreamer(source: TinySource(), options: options).run()
            #expect(totals.generated == 20)
            // Not sooner than the last frame's time; later is up to the machine.
            #expect(clock.now - start >= .nanoseconds(19 * 1_000_000_000 / 30))
        }
    }

    @Test("ends with the source's error when a frame cannot be made")
    func sourceFails() async throws {
        try await FakeIngest.serving({ _ in .answer() }) { server in
            let streamer = try SensorStreamer(
                source: TinySource(failsAt: 3), options: options(server.url, fps: 50, frames: nil))
            await #expect(throws: SensorError.badScene(path: "scene", detail: "is gone")) { try await streamer.run() }
        }
    }

    @Test(
        "refuses addresses and options that cannot be",
        arguments: [
            "", "127.0.0.1:8000", "ftp://host", "http://", "http://host/?q=1", "http://host:99999", "http://ho st",
        ])
    func badURL(url: String) {
        #expect {
            try SensorStreamer(source: TinySource(), options: options(url))
        } throws: { error in
            guard case .badURL? = error as? SensorError else { return false }
            return true
        }
    }

    @Test("refuses options out of range")
    func badOptions() {
        func fault(_ change: (inout StreamOptions) -> Void) -> String? {
            var options = options("http://127.0.0.1:1")
            change(&options)
            do {
                _ = try SensorStreamer(source: TinySource(), options: options)
                return nil
            } catch {
                guard case .badOption(let name, _) = error else { return nil }
                return name
            }
        }
        #expect(fault { $0.sensor = "a/b" } == "id")
        #expect(fault { $0.sensor = "" } == "id")
        #expect(fault { $0.sensor = "käfer" } == "id")
        #expect(fault { $0.framesPerSecond = 0 } == "fps")
        #expect(fault { $0.framesPerSecond = .nan } == "fps")
        #expect(fault { $0.inFlight = 0 } == "in-flight")
        #expect(fault { $0.frameLimit = 0 } == "frames")
    }
}
