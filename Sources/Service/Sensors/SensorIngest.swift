import Codecs
import Hummingbird
import Logging
import NIOCore
import Pipeline
import Vision

/// Takes one sensor's frames through the analyzer and accounts for each exactly once.
struct SensorIngest: Sendable {
    let sensor: Sensor
    let state: ServiceState

    /// Answers a frame with its result; with `wait=false` answers at once and works on.
    func take(_ request: Request, context: ServiceContext) async throws -> Response {
        if SensorResultBody.isOne(request) { return try await takeResult(request, context: context) }
        let arrival = sensor.received()
        let frame: FrameRequest
        let options: AnalysisOptions
        do {
            frame = try await FrameRequest.read(
                request, context: context, reader: state.reader, known: RequestOptions.ingest,
                sensor: sensor.id.name,
                onDescription: { if let sequence = $0.sequence { sensor.noteSequence(sequence) } })
            let rules = state.configuration.privacy
            options = try frame.options.analysis(
                under: rules, ceiling: rules.ceiling(key: context.caller?.id, sensor: sensor.id.name))
        } catch {
            throw drop(error)
        }
        let policy = frame.options.policy ?? state.configuration.sensorPolicy
        sensor.notePolicy(policy)
        guard frame.options.wait ?? true else {
            let logger = context.logger
            state.background.start {
                do {
                    _ = try await answer(frame, options, policy, arrival: arrival)
                } catch {
                    logger.debug("frame dropped", metadata: ["sensor": "\(sensor.id.name)", "error": "\(error)"])
                }
            }
            return try SensorRoutes.acceptedResponse(sensor)
        }
        let json = try await context.cancellingOnDisconnect {
            try await answer(frame, options, policy, arrival: arrival)
        }
        return JSONBody.response(buffer: json)
    }

    /// Takes in a frame that nobody waits for: the result goes to those who watch the sensor.
    func take(_ content: Result<FrameRequest, Problem>, number: UInt64, policy: SensorPolicy) {
        let arrival = sensor.received()
        sensor.noteSequence(number)
        sensor.notePolicy(policy)
        switch content {
        case .failure(let problem): _ = drop(problem)
        case .success(let frame):
            let rules = state.configuration.privacy
            let options: AnalysisOptions
            do throws(Problem) {
                options = try frame.options.analysis(
                    under: rules, ceiling: rules.ceiling(key: nil, sensor: sensor.id.name))
            } catch {
                _ = drop(error)
                return
            }
            // What became of the frame is in the sensor's books.
            state.background.start { _ = try? await answer(frame, options, policy, arrival: arrival) }
        }
    }

    /// Answers the frame, or drops it for the reason that the error gives.
    private func answer(
        _ frame: FrameRequest, _ asked: AnalysisOptions, _ policy: SensorPolicy, arrival: Int
    ) async throws -> ByteBuffer {
        var options = asked
        var analysis: Analysis
        let json: ByteBuffer
        options.digests = state.takesDigests
        options.statistics = sensor.isHealthDue()
        do {
            analysis = try await sensor.gate.pass(policy, arrival: arrival) {
                // One picture serves all who watch, at the lowest level of any of them.
                if let level = sensor.watchers.lowest, min(level, asked.privacy) >= .masked {
                    options.picture = pictureFormat
                    options.privacy = min(level, asked.privacy)
                }
                return try await analyze(frame.input, options, policy)
            }
            if let health = analysis.health { sensor.noteHealth(health) }
            analysis.result.sensorAnswer = frame.sensorResult.map(FrameResult.SensorAnswer.init)
            // The answer's level is the frame's, whoever watches.
            var answer = analysis
            if options.privacy != asked.privacy {
                answer.result.privacy = FrameResult.Privacy(level: asked.privacy)
            }
            json = try await state.stored(answer, of: frame, keepsPicture: false, mayDrop: true).json
        } catch {
            throw drop(error)
        }
        // Below `masked` no picture will ever be made of it.
        let isKept = mayKeep && asked.privacy >= .masked
        let event = sensor.answered(
            arrival: arrival, json: json, input: isKept ? frame.input : nil, options: asked, picture: analysis.picture)
        state.metrics.answered(analysis.result, sensor: sensor.id.name)
        sensor.events.publish(event)
        if let picture = analysis.picture {
            sensor.pictures.publish(Sensor.Picture(number: event.number, picture: picture))
        }
        return json
    }

    /// Pauses between attempts to get a lossless frame into a full queue.
    private static let queuePause = Duration.milliseconds(20)

    /// A lossless frame waits for a place in the queue that all sensors share; any other is refused when there is none.
    private func analyze(
        _ input: FrameInput, _ options: AnalysisOptions, _ policy: SensorPolicy
    ) async throws -> Analysis {
        while true {
            do {
                return try await state.analyzer.analyze(input, options: options)
            } catch PipelineError.overloaded where policy == .lossless {
                try await Task.sleep(for: Self.queuePause)
            }
        }
    }

    private var pictureFormat: PictureFormat { .jpeg(quality: state.configuration.pictureQuality) }

    /// Last frames may take up half of the memory for bodies; the other half is for frames to come.
    private var mayKeep: Bool { state.reader.budget.used <= state.reader.budget.limit / 2 }

    func drop(_ error: any Error) -> Problem {
        let problem = Problem(error)
        let reason = DropReason(problem)
        sensor.dropped(reason)
        state.metrics.dropped(reason, sensor: sensor.id.name)
        return problem
    }

    /// Makes the annotated picture of a frame that has been answered without one.
    static func render(
        _ input: FrameInput, _ options: AnalysisOptions, _ state: ServiceState
    ) async throws -> EncodedPicture {
        var options = options
        options.picture = .jpeg(quality: state.configuration.pictureQuality)
        return try await state.analyzer.analyze(input, options: options).requirePicture()
    }
}
