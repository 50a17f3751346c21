import HTTPTypes
import Hummingbird
import Logging
import Pipeline
import Vision

/// The addresses of DeepStack and CodeProject.AI Server, which cameras' recorders and home automation call.
struct DeepStackRoutes: Sendable {
    private let state: ServiceState

    /// What DeepStack takes when the client says nothing.
    private static let defaultConfidence: Float = 0.4

    static func add(to table: RouteTable, _ state: ServiceState) {
        let routes = DeepStackRoutes(state: state)
        table.post("/v1/vision/detection") { request, context in
            await routes.answering(context) { try await routes.detect(request, context, model: nil) }
        }
        table.post("/v1/vision/custom/list") { request, context in
            await routes.answering(context) {
                _ = try await routes.form(request, context)
                return try JSONBody.response(ModelList(models: routes.detectors))
            }
        }
        table.post("/v1/vision/custom/:model") { request, context in
            await routes.answering(context) {
                try await routes.detect(request, context, model: try ModelParameter.name(context))
            }
        }
        table.post("/v1/vision/scene") { request, context in
            await routes.answering(context) { try await routes.scene(request, context) }
        }
        for path in ["face", "face/recognize", "face/register", "face/list", "face/delete", "face/match"] {
            table.post("/v1/vision/\(path)") { _, context in
                await routes.answering(context) {
                    throw Problem(.forbidden, "unsupported", "faces are not served here")
                }
            }
        }
        for root in ["/v1/status", "/v1/server/status"] {
            table.get("\(root)/ping") { _, _ in
                try JSONBody.response(Ping(message: "Fovea", version: .init(state.build)))
            }
            table.get("\(root)/version") { _, _ in
                try JSONBody.response(Ping(message: state.build.version, version: .init(state.build)))
            }
            table.get("\(root)/updateavailable") { _, _ in
                try JSONBody.response(
                    Update(message: "this server does not look for updates", version: .init(state.build)))
            }
        }
    }

    private struct ModelList: Encodable {
        var success = true
        var models: [String]
    }

    private struct Ping: Encodable {
        struct Version: Encodable {
            var major: Int
            var minor: Int
            var patch: Int

            init(_ build: FrameResult.Build) {
                let parts = build.version.split(separator: ".").map { Int($0) ?? 0 } + [0, 0, 0]
                (major, minor, patch) = (parts[0], parts[1], parts[2])
            }
        }

        var success = true
        var message: String
        var version: Version
    }

    private struct Update: Encodable {
        var success = true
        var updateAvailable = false
        var message: String
        var version: Ping.Version
    }

    /// Reads the form, which may hold the key.
    ///
    /// - Returns: the form, and the id of the key.
    private func form(_ request: Request, _ context: ServiceContext) async throws -> (UploadForm, key: String?) {
        let form = try await UploadForm.read(request, context: context, reader: state.reader)
        guard let access = context.formAccess else { return (form, context.caller?.id) }
        let text = form.fields["api_key"] ?? form.fields["admin_key"]
        return (form, try await access.admit(text, for: .analyze).id)
    }

    private var detectors: [String] {
        state.analyzer.models.filter { $0.task == "detection" }.map(\.name)
    }

    private func detect(_ request: Request, _ context: ServiceContext, model: String?) async throws -> Response {
        let start = ContinuousClock.now
        let (form, key) = try await form(request, context)
        let confidence = try Self.confidence(form)
        let options = try RequestOptions([(.model, model), (.confidence, "\(confidence)")])
        let result = try await analyze(form, options, context, key: key)
        return try JSONBody.response(DeepStackAnswer(result, build: state.build, took: start.duration(to: .now)))
    }

    private func scene(_ request: Request, _ context: ServiceContext) async throws -> Response {
        struct Scene: Encodable {
            var success = true
            var label: String
            var confidence: Float
            var duration: Double
        }
        let start = ContinuousClock.now
        let (form, key) = try await form(request, context)
        guard let classifier = state.analyzer.models.first(where: { $0.task == "classification" }) else {
            throw Problem(.forbidden, "unsupported", "no classifier is loaded")
        }
        let options = try RequestOptions([
            (.model, classifier.name), (.confidence, "0"), (.maximumDetections, "1"),
        ])
        let best = try await analyze(form, options, context, key: key).classifications?.first
        return try JSONBody.response(
            Scene(
                label: best?.label ?? "", confidence: best?.score ?? 0, duration: start.duration(to: .now) / .seconds(1)
            ))
    }

    private func analyze(
        _ form: UploadForm, _ options: RequestOptions, _ context: ServiceContext, key: String?
    ) async throws -> FrameResult {
        guard let input = form.input else { throw Problem.malformed("no image in the form", field: "image") }
        do {
            return try await context.cancellingOnDisconnect {
                try await state.answer(FrameRequest(input, options), key: key)
            }
        } catch {
            state.metrics.dropped(DropReason(Problem(error)), sensor: nil)
            throw error
        }
    }

    private static func confidence(_ form: UploadForm) throws(Problem) -> Float {
        guard let text = form.fields["min_confidence"] else { return defaultConfidence }
        guard let value = Float(text), (0...1).contains(value) else {
            throw .badOption("min_confidence", "'\(text.prefix(32))' is not a number between 0 and 1")
        }
        return value
    }

    /// Errors in the form that these clients read.
    private func answering(
        _ context: ServiceContext, _ body: () async throws -> Response
    ) async -> Response {
        struct Failure: Encodable {
            var success = false
            var error: String
            var code: Int
            var duration = 0
        }
        do {
            return try await body()
        } catch {
            let problem = Problem(onProtocol: error)
            var response = problem.response(instance: "", requestID: context.requestID)
            if let internalDetail = problem.internalDetail {
                context.logger.error("problem", metadata: ["error": "\(internalDetail)"])
            }
            let failure = Failure(error: problem.detail, code: problem.status.code)
            if let buffer = try? JSONBody.encode(failure) {
                response.headers[.contentType] = "application/json"
                response.headers[.contentLength] = nil
                response.body = ResponseBody(byteBuffer: buffer)
            }
            return response
        }
    }
}
