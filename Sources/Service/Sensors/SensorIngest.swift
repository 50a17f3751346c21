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
        do {
            frame = try await FrameRequest.read(
                request, context: context, reader: state.reader, known: RequestOptions.ingest,
                sensor: sensor.id.name,
                onDescription: { if let sequence = $0.sequence { sensor.noteSequence(sequence) } })
        } catch {
            throw drop(error)
        }
        guard frame.options.wait ?? true else {
            let logger = context.logger
            state.background.start {
                do {
                    _ = try await answer(frame, arrival: arrival)
                } catch {
                    logger.debug("frame dropped", metadata: ["sensor": "\(sensor.id.name)", "error": "\(error)"])
                }
            }
            return try SensorRoutes.acceptedResponse(sensor)
        }
        let json = try await context.cancellingOnDisconnect { try await answer(frame, arrival: arrival) }
        return JSONBody.response(buffer: json)
    }

    /// Answers the frame, or drops it for the reason that the error gives.
    private func answer(_ frame: FrameRequest, arrival: Int) async throws -> ByteBuffer {
        var options = frame.options.analysis
        var analysis: Analysis
        let json: ByteBuffer
        do {
            analysis = try await sensor.gate.pass {
                if sensor.pictures.readerCount > 0 { options.picture = pictureFormat }
                return try await state.analyzer.analyze(frame.input, options: options)
            }
            analysis.result.sensorAnswer = frame.sensorResult.map(FrameResult.SensorAnswer.init)
            json = JSONBody.encode(analysis.result)
        } catch {
            throw drop(error)
        }
        options.picture = nil
        let picture = analysis.picture.map { ByteBuffer(bytes: $0) }
        let event = sensor.answered(
            arrival: arrival, json: json, input: mayKeep ? frame.input : nil, options: options, picture: picture)
        state.metrics.answered(analysis.result, sensor: sensor.id.name)
        sensor.events.publish(event)
        if let picture { sensor.pictures.publish(Sensor.Picture(number: event.number, jpeg: picture)) }
        return json
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
    ) async throws -> ByteBuffer {
        var options = options
        options.picture = .jpeg(quality: state.configuration.pictureQuality)
        return ByteBuffer(bytes: try await state.analyzer.analyze(input, options: options).requirePicture())
    }
}
