import NIOCore
import Pipeline
import Synchronization
import Vision

/// One sensor as the service knows it: its counts, its latest answer, and who watches.
///
/// Every frame that arrives is answered, or dropped for one reason, or in progress: the counts always add up.
final class Sensor: Sendable {
    /// A frame's answer as streams carry it.
    struct Event: Sendable {
        /// Counts the sensor's answers from 1.
        var number: Int
        var json: ByteBuffer
    }

    struct Picture: Sendable {
        var number: Int
        var jpeg: ByteBuffer
        var level: PrivacyLevel

        init(number: Int, picture: EncodedPicture) {
            self.number = number
            jpeg = ByteBuffer(bytes: picture.bytes)
            level = picture.level
        }
    }

    /// The latest answer and what it was made from.
    struct Latest: Sendable {
        var number: Int
        var arrival: Int
        var json: ByteBuffer
        /// `nil` when there was no memory to keep it.
        var input: FrameInput?
        var options: AnalysisOptions
        /// What has been made of it, by level.
        var pictures: [PrivacyLevel: Picture] = [:]
    }

    private struct State {
        var received = 0
        var answered = 0
        var policy = SensorPolicy.latest
        var dropped: [DropReason: Int] = [:]
        var sequence = SequenceTracker()
        var lastArrival = ContinuousClock.now
        var latest: Latest?
        var health: CameraHealth?
        var healthAsked: ContinuousClock.Instant?
        var rendering: [PrivacyLevel: (number: Int, task: Task<Picture, any Error>)] = [:]
    }

    let id: SensorID
    let gate: FrameGate
    let events: Broadcast<Event>
    let pictures: Broadcast<Picture>
    /// The levels of those who watch `pictures`.
    let watchers = WatcherLevels()
    private let state = Mutex(State())

    /// - Parameter onMiss: called with a stream's name for each element that one of its readers missed.
    init(id: SensorID, configuration: ServiceConfiguration, onMiss: @escaping @Sendable (String) -> Void = { _ in }) {
        self.id = id
        gate = FrameGate(limit: configuration.sensorInFlight, backlog: configuration.sensorBacklog)
        events = Broadcast(limit: configuration.maximumWatchers) { onMiss("results") }
        pictures = Broadcast(limit: configuration.maximumWatchers) { onMiss("live") }
    }

    /// Counts a frame in.
    ///
    /// - Returns: its place in the order of arrival.
    func received() -> Int {
        state.withLock {
            $0.received += 1
            $0.lastArrival = .now
            return $0.received
        }
    }

    func notePolicy(_ policy: SensorPolicy) { state.withLock { $0.policy = policy } }

    func noteSequence(_ sequence: UInt64) { state.withLock { $0.sequence.note(sequence) } }

    func dropped(_ reason: DropReason) { state.withLock { $0.dropped[reason, default: 0] += 1 } }

    /// Counts an answer and keeps it as the latest unless one for a later frame is there.
    func answered(
        arrival: Int, json: ByteBuffer, input: FrameInput?, options: AnalysisOptions, picture: EncodedPicture?
    ) -> Event {
        state.withLock {
            $0.answered += 1
            let event = Event(number: $0.answered, json: json)
            if arrival > ($0.latest?.arrival ?? 0) {
                $0.latest = Latest(
                    number: event.number, arrival: arrival, json: json, input: input, options: options)
                if let picture {
                    $0.latest?.pictures[picture.level] = Picture(number: event.number, picture: picture)
                }
            }
            return event
        }
    }

    var latest: Latest? { state.withLock { $0.latest } }

    /// How often a sensor's samples are looked at for its health.
    private static let healthInterval = Duration.seconds(10)

    /// Whether this frame's samples are to be looked at. The answer is yes once in every interval.
    func isHealthDue() -> Bool {
        state.withLock {
            if let asked = $0.healthAsked, asked.duration(to: .now) < Self.healthInterval { return false }
            $0.healthAsked = .now
            return true
        }
    }

    func noteHealth(_ health: CameraHealth) { state.withLock { $0.health = health } }

    /// As last measured; `nil` for a sensor that sent no raw frame.
    var health: CameraHealth? { state.withLock { $0.health } }

    /// The latest annotated picture at the highest level that its frame and `ceiling` allow. Made at most once for a frame and a level
    /// however many ask at once.
    ///
    /// - Throws: 403 where no picture may leave.
    func latestPicture(
        ceiling: PrivacyLevel,
        _ render: @escaping @Sendable (FrameInput, AnalysisOptions) async throws -> EncodedPicture
    ) async throws -> Picture {
        enum Found {
            case ready(Picture)
            case rendering(PrivacyLevel, Task<Picture, any Error>)
        }
        let found: Found = try state.withLock { state throws(Problem) in
            guard let latest = state.latest else { throw .notFound("no frame of this sensor has been answered yet") }
            var options = latest.options
            options.privacy = min(options.privacy, ceiling)
            let level = options.privacy
            guard level >= .masked else {
                throw Problem(PipelineError.withheld(what: "pictures", level: level.rawValue))
            }
            if let picture = latest.pictures[level] { return .ready(picture) }
            if let (number, task) = state.rendering[level], number == latest.number { return .rendering(level, task) }
            guard let input = latest.input else {
                throw .notFound("the latest frame was not kept: request bodies fill the memory set aside for them")
            }
            // Shared by everyone who asks, so it runs on when the first of them goes; all of them await it.
            let task = Task { [options] in
                Picture(number: latest.number, picture: try await render(input, options))
            }
            state.rendering[level] = (latest.number, task)
            return .rendering(level, task)
        }
        switch found {
        case .ready(let picture): return picture
        case .rendering(let level, let task):
            let result = await task.result
            state.withLock { state in
                guard case .success(let picture) = result else {
                    state.rendering[level] = nil
                    return
                }
                if state.rendering[level]?.number == picture.number { state.rendering[level] = nil }
                if state.latest?.number == picture.number { state.latest?.pictures[level] = picture }
            }
            return try result.get()
        }
    }

    /// Whether nothing has come for `timeout` and nobody watches.
    func isIdle(for timeout: Duration) -> Bool {
        let summary = summary
        return summary.watchers == 0 && summary.inProgress == 0
            && state.withLock { $0.lastArrival.duration(to: .now) > timeout }
    }

    struct Summary: Encodable, Sendable {
        var id: String
        /// Of the latest frame.
        var policy: String
        /// received = answered + all of dropped + inProgress.
        var received: Int
        var answered: Int
        var dropped: [String: Int]
        var inProgress: Int
        /// Skipped in the numbering and not come since.
        var missing: UInt64
        /// Come after one with a higher number.
        var late: UInt64
        var repeated: UInt64
        var restarts: UInt64
        var lastSequence: UInt64?
        var watchers: Int
        /// Seconds since the last frame.
        var idleSeconds: Double
    }

    var summary: Summary {
        let watchers = events.readerCount + pictures.readerCount
        return state.withLock { state in
            let dropped = state.dropped.values.reduce(0, +)
            return Summary(
                id: id.name, policy: state.policy.rawValue, received: state.received, answered: state.answered,
                dropped: Dictionary(
                    uniqueKeysWithValues: DropReason.allCases.map { ($0.rawValue, state.dropped[$0] ?? 0) }),
                inProgress: state.received - state.answered - dropped, missing: state.sequence.missing,
                late: state.sequence.late, repeated: state.sequence.repeated, restarts: state.sequence.restarts,
                lastSequence: state.sequence.last, watchers: watchers,
                idleSeconds: state.lastArrival.duration(to: .now) / .seconds(1))
        }
    }
}
