import FoundationEssentials
import HTTPTypes
import Hummingbird
import Pipeline
import StrictJSON
import Tensors
import Vision

/// The addresses of DOODS2, which Home Assistant calls: `GET /detectors` and `POST /detect`.
enum DOODSRoutes {
    private struct Detectors: Encodable {
        struct Detector: Encodable {
            var name: String
            var type = "fovea"
            var model: String
            var labels: [String]
            var width: Int
            var height: Int

            /// - Parameter alias: the name that requests give; the model's own by default.
            init(_ model: ModelSummary, alias: String? = nil) {
                name = alias ?? model.name
                self.model = model.name
                labels = model.labels
                let shape = model.inputs.first?.shape ?? []
                (height, width) = shape.count == 4 ? (shape[2], shape[3]) : (0, 0)
            }
        }

        var detectors: [Detector]
    }

    private struct Answer: Encodable {
        struct Detection: Encodable {
            var top: Float
            var left: Float
            var bottom: Float
            var right: Float
            var label: String
            /// 0…100.
            var confidence: Float
        }

        var id: String
        var detections: [Detection] = []
        var error: String?
    }

    static func add(to table: RouteTable, _ state: ServiceState) {
        table.get("/detectors") { _, _ in
            let models = state.analyzer.models.filter { $0.task == "detection" }
            let standard = models.first(where: \.isDefault) ?? models.first
            return try JSONBody.response(
                Detectors(
                    detectors: (standard.map { [.init($0, alias: "default")] } ?? []) + models.map { .init($0) }))
        }
        table.post("/detect") { request, context in
            var id = ""
            do {
                let body = try await state.reader.read(request, context: context)
                let query = try DOODSQuery(json: body.bytes)
                id = query.id
                let model = state.analyzer.models.first {
                    query.model == nil ? $0.isDefault : $0.name == query.model
                }
                let frame = FrameRequest(
                    FrameInput(bytes: query.picture), try query.options(labels: model?.labels ?? []))
                let result = try await context.cancellingOnDisconnect {
                    try await state.answer(frame, key: context.caller?.id)
                }
                return try JSONBody.response(
                    Answer(id: query.id, detections: query.matching(result).map(Self.detection)))
            } catch {
                state.metrics.dropped(DropReason(Problem(error)), sensor: nil)
                let problem = Problem(onProtocol: error)
                guard problem.internalDetail == nil else { throw error }
                return try JSONBody.response(Answer(id: id, error: problem.detail), status: problem.status)
            }
        }
    }

    private static func detection(_ detection: FrameResult.Detection) -> Answer.Detection {
        let box = detection.normalizedBox
        return Answer.Detection(
            top: box[1], left: box[0], bottom: box[3], right: box[2], label: detection.label,
            confidence: detection.score * 100)
    }
}
