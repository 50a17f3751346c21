import AsyncHTTPClient
import Dispatch
import NIOHTTP1

/// Streams a sensor's frames to a service: `POST {url}/v1/sensors/{sensor}/frames`, one frame to a request.
///
/// Like a real sensor it does not wait. Frame times lie on a fixed schedule; a frame that cannot be made or sent at its
/// time is dropped, counted under the reason, and leaves a gap in the sequence numbers. Nothing is sent twice.
package struct SensorStreamer: Sendable {
    private let source: any FrameSource
    private let options: StreamOptions
    private let endpoint: String
    private let clock: any Clock<Duration>

    /// - Parameter clock: what frame times and pauses are kept by.
    /// - Throws: `badURL` or `badOption`.
    package init(
        source: any FrameSource, options: StreamOptions, clock: any Clock<Duration> = ContinuousClock()
    ) throws(SensorError) {
        self.source = source
        self.options = options
        self.clock = clock
        endpoint = try options.endpoint()
    }

    /// Streams until the frame limit is reached or the task is cancelled, and returns when the last frame under way has
    /// its answer.
    ///
    /// - Parameter onEvent: told of every frame, one at a time, in the order in which their fates are known.
    /// - Throws: `unreachable` when the service never answered, `rejected` when it refuses frame after frame, the
    ///   source's error when it cannot make a frame.
    package func run(onEvent: @escaping @Sendable (StreamEvent) -> Void = { _ in }) async throws -> StreamTotals {
        try await HTTPClient.withHTTPClient(
            configuration: IngestClient.configuration(inFlight: options.inFlight)
        ) { client in
            let ingest = IngestClient(
                client: client, endpoint: endpoint, headers: HTTPHeaders(options.headers.sorted { $0.key < $1.key }),
                timeout: options.timeout)
            return try await stream(through: ingest, on: clock, onEvent)
        }
    }

    /// What the loop waits for.
    private enum Step: Sendable {
        /// The time of the next frame has come.
        case due
        case made(StreamLedger.Slot, Result<SensorFrame, SensorError>, processorTime: Duration)
        case finished(StreamLedger.Slot, IngestOutcome, latency: Duration, isBroken: Bool, isRepeated: Bool)
        /// The task was cancelled while waiting for the next frame's time.
        case cancelled
    }

    private func stream<Time: Clock<Duration>>(
        through ingest: IngestClient, on clock: Time, _ onEvent: @escaping @Sendable (StreamEvent) -> Void
    ) async throws -> StreamTotals {
        let start = clock.now
        @Sendable func elapsed() -> Duration { start.duration(to: clock.now) }
        let exposures = DispatchQueue(label: "fovea.sensor")
        var ledger = StreamLedger(options: options)
        var fault: SensorError?

        await withTaskGroup(of: Step.self) { group in
            func awaitNext(_ slot: StreamLedger.Slot) {
                group.addTask {
                    do { try await clock.sleep(until: start.advanced(by: slot.time), tolerance: nil) } catch {
                        return .cancelled
                    }
                    return .due
                }
            }
            if let slot = ledger.nextSlot { awaitNext(slot) }
            while let step = await group.next() {
                switch step {
                case .cancelled: break
                case .due:
                    guard let slot = ledger.take() else { break }
                    if fault == nil, !Task.isCancelled, let next = ledger.nextSlot { awaitNext(next) }
                    if let reason = ledger.admit(slot, at: elapsed()) {
                        onEvent(.dropped(sequence: slot.sequence, reason: reason, detail: nil))
                    } else {
                        group.addTask { [source] in await Self.make(slot, from: source, on: exposures) }
                    }
                case .made(let slot, .success(let frame), let processorTime):
                    ledger.made(in: processorTime)
                    group.addTask { [options] in
                        if options.faults.hits(.late, frame: slot.sequence) {
                            let times = options.faults.lateness(frame: slot.sequence)
                            let due = slot.time + .seconds(Double(times) / options.framesPerSecond)
                            try? await clock.sleep(until: start.advanced(by: due), tolerance: nil)
                        }
                        let sent = elapsed()
                        let (outcome, isBroken, isRepeated) = await Self.send(
                            frame, slot, through: ingest, options.faults)
                        return .finished(
                            slot, outcome, latency: elapsed() - sent, isBroken: isBroken, isRepeated: isRepeated)
                    }
                case .made(let slot, .failure(let error), _):
                    onEvent(ledger.abandon(slot))
                    fault = fault ?? error
                    group.cancelAll()
                case .finished(let slot, let outcome, let latency, let isBroken, let isRepeated):
                    onEvent(
                        ledger.settle(
                            slot, outcome, latency: latency, isBroken: isBroken, isRepeated: isRepeated, at: elapsed())
                    )
                    if fault == nil, let error = ledger.fault(endpoint: endpoint, at: elapsed()) {
                        fault = error
                        group.cancelAll()
                    }
                }
            }
        }
        if let fault = fault ?? ledger.finalFault(endpoint: endpoint, isCancelled: Task.isCancelled) { throw fault }
        return ledger.totals
    }

    /// Sends a frame with what goes wrong on its way; a repeated one goes out again when the first is settled.
    private static func send(
        _ frame: SensorFrame, _ slot: StreamLedger.Slot, through ingest: IngestClient, _ faults: FaultSource
    ) async -> (IngestOutcome, isBroken: Bool, isRepeated: Bool) {
        let damaged = DamagedFrame(frame, faults, sequence: slot.sequence)
        let timestamp = faults.clock(slot.timestamp)
        let outcome = await ingest.send(
            damaged.frame, sequence: slot.sequence, timestamp: timestamp, breaksAfter: damaged.breaksAfter)
        guard faults.hits(.duplicate, frame: slot.sequence), !Task.isCancelled else {
            return (outcome, damaged.isBroken, false)
        }
        _ = await ingest.send(
            damaged.frame, sequence: slot.sequence, timestamp: timestamp, breaksAfter: damaged.breaksAfter)
        return (outcome, damaged.isBroken, true)
    }

    /// Makes a frame on the sensor's own thread: it takes long, and tasks share few.
    private static func make(
        _ slot: StreamLedger.Slot, from source: any FrameSource, on queue: DispatchQueue
    ) async -> Step {
        await withCheckedContinuation { continuation in
            queue.async {
                let start = ProcessorTime.ofThisThread
                let result = Result { () throws(SensorError) in try source.frame(slot.sequence) }
                continuation.resume(returning: .made(slot, result, processorTime: ProcessorTime.ofThisThread - start))
            }
        }
    }
}
