import Codecs
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline
import Vision

/// An answer that a network on the sensor made: the service takes it as it is and runs no model of its own.
enum SensorResultBody {
    static let mediaType = "application/vnd.fovea.result+json"
    /// Of a form that carries the frame as well.
    static let partName = "sensor-result"

    static func isOne(_ request: Request) -> Bool {
        guard let header = request.headers[.contentType] else { return false }
        return (try? HeaderElement.single(header, field: "Content-Type"))?.value == mediaType
    }
}

extension SensorIngest {
    /// Takes a result of the schema `fovea.result/1` in place of a frame.
    func takeResult(_ request: Request, context: ServiceContext) async throws -> Response {
        let arrival = sensor.received()
        do {
            let description = try RawDescription(headers: request.headers)
            let body = try await state.reader.read(request, context: context)
            try ContentDigest(headers: request.headers)?.check(body.bytes)
            var result = try FrameResult(sensorJSON: body.bytes)
            if let sequence = description.sequence { result.frame.sequence = sequence }
            if let timestamp = description.timestamp { result.frame.timestamp = timestamp }
            return JSONBody.response(buffer: publish(result, arrival: arrival))
        } catch {
            throw drop(error)
        }
    }

    /// Counts and publishes a result that the sensor made.
    ///
    /// - Returns: it as the streams carry it.
    func publish(_ result: FrameResult, arrival: Int) -> ByteBuffer {
        var result = result
        result.origin = .sensor
        result.frame.sensor = sensor.id.name
        result.frame.source = nil
        if let sequence = result.frame.sequence { sensor.noteSequence(sequence) }
        let json = JSONBody.encode(result)
        let event = sensor.answered(
            arrival: arrival, json: json, input: nil, options: AnalysisOptions(), picture: nil)
        state.metrics.answered(result, sensor: sensor.id.name)
        sensor.events.publish(event)
        return json
    }
}
