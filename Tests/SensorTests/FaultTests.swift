import Foundation
import NIOHTTP1
import Sensor
import Synchronization
import Tensors
import Testing

@Suite("Faults on demand", .timeLimit(.minutes(1)))
struct FaultTests {
    @Test("reads a plan and names what is wrong with one")
    func plans() throws {
        let plan = try FaultPlan("drop=0.01,packet-loss=0.002,clock-drift=-50")
        #expect(plan.rates == [.drop: 0.01, .packetLoss: 0.002] && plan.clockDrift == -50)
        #expect(try FaultPlan("").isEmpty)
        for text in ["drop", "drop=2", "drop=x", "melt=0.1", "drop=nan", "clock-drift=1e9", "=", "drop=0.1=2"] {
            #expect(throws: SensorError.self) { try FaultPlan(text) }
        }
    }

    @Test(
        "hits the share of frames that is asked for, the same ones for the same seed",
        arguments: FaultPlan.Fault.allCases)
    func shares(fault: FaultPlan.Fault) throws {
        var plan = FaultPlan()
        plan.rates[fault] = 0.1
        let source = FaultSource(plan, seed: 3, serial: "a")
        let hits = (UInt64(0)..<5000).filter { source.hits(fault, frame: $0) }
        #expect(fault == .packetLoss ? hits.count == 5000 : (400...600).contains(hits.count))
        #expect(hits == (UInt64(0)..<5000).filter { FaultSource(plan, seed: 3, serial: "a").hits(fault, frame: $0) })
        if fault != .packetLoss {
            #expect(
                hits != (UInt64(0)..<5000).filter { FaultSource(plan, seed: 4, serial: "a").hits(fault, frame: $0) })
            #expect(
                hits != (UInt64(0)..<5000).filter { FaultSource(plan, seed: 3, serial: "b").hits(fault, frame: $0) })
        }
        #expect(FaultPlan.Fault.allCases.filter { $0 != fault }.allSatisfy { !source.hits($0, frame: hits[0]) })
    }

    private func stream(
        _ plan: String, frames: UInt64 = 12, _ check: (StreamTotals, [FakeIngest.Request]) throws -> Void
    ) async throws {
        try await FakeIngest.serving({ _ in .answer() }) { server in
            var options = StreamOptions(url: server.url, sensor: "cam", framesPerSecond: 500, frameLimit: frames)
            options.inFlight = 64
            options.faults = FaultSource(try FaultPlan(plan), seed: 1, serial: "1")
            // The time of a frame comes when the fate of the last one is known, however slow the machine is.
            let clock = StepClock()
            let seen = Mutex(0)
            let streamer = try SensorStreamer(source: PatternSource(), options: options, clock: clock)
            let totals = try await streamer.run { _ in
                let count = seen.withLock { seen in
                    seen += 1
                    return seen
                }
                clock.advance(to: .milliseconds(2 * count))
            }
            #expect(totals.generated == totals.answered + totals.droppedCount)
            try check(totals, server.requests)
        }
    }

    /// Frames of 8 KB that differ in every byte.
    struct PatternSource: FrameSource {
        static func bytes(_ index: UInt64) -> [UInt8] {
            (0..<8192).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 256 + Int(index)) }
        }

        func frame(_ index: UInt64) throws(SensorError) -> SensorFrame {
            SensorFrame(file: ByteStorage(Self.bytes(index)), contentType: "image/x-adobe-dng")
        }
    }

    private func digestHolds(_ request: FakeIngest.Request) throws -> Bool {
        let field = try #require(request.headers["Content-Digest"].first)
        let digest = try #require(Data(base64Encoded: String(field.dropFirst("sha-256=:".count).dropLast())))
        return digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            == SHA256.hex(of: request.body)
    }

    @Test("leaves out frames and counts them")
    func drops() async throws {
        try await stream("drop=1") { totals, requests in
            #expect(totals.dropped == [.omitted: 12] && requests.isEmpty)
        }
    }

    @Test("sends no digest when nothing is to go wrong, and one that holds when nothing did")
    func digests() async throws {
        try await stream("") { _, requests in
            #expect(requests.allSatisfy { !$0.headers.contains(name: "Content-Digest") })
        }
        try await stream("stuck-rows=1") { _, requests in
            #expect(!requests.isEmpty)
            for request in requests {
                let holds = try digestHolds(request)
                #expect(holds)
            }
        }
    }

    @Test(
        "breaks frames on their way so that their digest no longer holds",
        arguments: ["corrupt=1", "truncate=1", "packet-loss=0.9"])
    func breaks(plan: String) async throws {
        try await stream(plan) { totals, requests in
            #expect(totals.broken == UInt64(requests.count) && totals.broken > 0)
            #expect(totals.brokenAnswered == totals.broken)
            for request in requests {
                let holds = try digestHolds(request)
                #expect(!holds)
                let whole = PatternSource.bytes(UInt64(try #require(request.sequence)))
                let differing = zip(request.body, whole).filter { $0 != $1 }.count
                switch plan.prefix(1) {
                case "c": #expect((1...8).contains(differing) && request.body.count == whole.count)
                case "t": #expect(request.body.count < whole.count && differing == 0)
                default: #expect(differing > 1000 && request.body.count == whole.count)
                }
            }
        }
    }

    @Test("sends frames twice")
    func duplicates() async throws {
        try await stream("duplicate=1") { totals, requests in
            #expect(totals.repeated == totals.answered && requests.count == 2 * Int(totals.answered))
        }
    }

    @Test("breaks the connection in the middle of a frame and goes on")
    func disconnects() async throws {
        try await stream("disconnect=0.5", frames: 40) { totals, requests in
            #expect(totals.dropped[.disconnected, default: 0] > 5 && totals.answered > 5)
            #expect(UInt64(requests.count) == totals.answered)
        }
    }

    @Test("keeps time by a clock that drifts")
    func drift() async throws {
        try await stream("clock-drift=1000") { _, requests in
            for request in requests {
                let sequence = try #require(request.sequence)
                #expect(request.headers["Fovea-Timestamp"] == ["\(Int(Double(sequence) * 2e6 * 1.001))"])
            }
        }
    }
}
