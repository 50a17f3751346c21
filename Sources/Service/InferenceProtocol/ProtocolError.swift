import Graph
import HTTPTypes
import Pipeline

extension Problem {
    /// An error on `/v2`, where clients know other codes than elsewhere: 404 for a model that is not there, 400 for
    /// tensors that do not fit it. Only status 200 is success there, and any other body has the member `error`.
    init(onProtocol error: any Error) {
        self.init(error)
        switch error {
        case PipelineError.unknownModel: status = .notFound
        case let error as PipelineError:
            // Whoever loads a model may know what is wrong with it.
            if case .badModel = error { self = Problem(.badRequest, "bad-model", error.description, field: "model") }
        case GraphError.badInput, GraphError.mismatch: status = .badRequest
        default: if status == .unprocessableContent { status = .badRequest }
        }
    }
}

extension RouteTable {
    /// A route whose errors take the protocol's form.
    func protocolPost(_ path: String, _ handler: @escaping Handler) { post(path, Self.mapped(handler)) }
    func protocolGet(_ path: String, _ handler: @escaping Handler) { get(path, Self.mapped(handler)) }

    private static func mapped(_ handler: @escaping Handler) -> Handler {
        { request, context in
            do {
                return try await handler(request, context)
            } catch {
                throw Problem(onProtocol: error)
            }
        }
    }
}
