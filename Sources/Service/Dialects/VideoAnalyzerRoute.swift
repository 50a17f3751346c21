import HTTPTypes
import Hummingbird
import Pipeline
import Vision

/// The HTTP extension of Azure Video Analyzer: one encoded picture in, `inferences` out, 204 when there are none.
enum VideoAnalyzerRoute {
    static func add(to table: RouteTable, _ state: ServiceState) {
        table.post("/score") { request, context in
            do {
                let frame = try await FrameRequest.read(
                    request, context: context, reader: state.reader, known: RequestOptions.score)
                let answer = Inferences(
                    try await context.cancellingOnDisconnect { try await state.answer(frame, key: context.caller?.id) })
                guard !answer.inferences.isEmpty else { return Response(status: .noContent) }
                return try JSONBody.response(answer)
            } catch {
                state.metrics.dropped(DropReason(Problem(error)), sensor: nil)
                throw error
            }
        }
    }

    private struct Inferences: Encodable {
        struct Tag: Encodable {
            var value: String
            var confidence: Float
        }

        /// Left, top, width and height as parts of the picture's.
        struct Box: Encodable {
            var l: Float
            var t: Float
            var w: Float
            var h: Float
        }

        struct Entity: Encodable {
            var tag: Tag
            var box: Box
        }

        struct Classification: Encodable {
            var tag: Tag
        }

        struct Inference: Encodable {
            var type: String
            var subtype: String
            var entity: Entity?
            var classification: Classification?
        }

        var inferences: [Inference]

        init(_ result: FrameResult) {
            inferences =
                (result.detections ?? []).map { detection in
                    let box = detection.normalizedBox
                    return Inference(
                        type: "entity", subtype: "objectDetection",
                        entity: Entity(
                            tag: Tag(value: detection.label, confidence: detection.score),
                            box: Box(l: box[0], t: box[1], w: box[2] - box[0], h: box[3] - box[1])))
                }
                + (result.classifications ?? []).map {
                    Inference(
                        type: "classification", subtype: "image",
                        classification: Classification(tag: Tag(value: $0.label, confidence: $0.score)))
                }
        }
    }
}
