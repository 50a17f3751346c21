import HTTPTypes
import Hummingbird

/// All addresses of the service.
enum Routes {
    static func responder(_ state: ServiceState) -> RouterResponder<ServiceContext> {
        let table = table(state)
        return table.responder()
    }

    static func table(_ state: ServiceState) -> RouteTable {
        let table = RouteTable(
            boundary: RequestBoundary(metrics: state.metrics, exporter: state.exporter),
            gate: AccessGate(access: state.access, audit: state.audit))
        HealthRoutes.add(to: table, state)
        ModelRoutes.add(to: table, state)
        AnalyzeRoute.add(to: table, state)
        SensorRoutes.add(to: table, state)
        SensorStreamRoutes.add(to: table, state)
        ResultRoutes.add(to: table, state)
        AitriosRoutes.add(to: table, state)
        JobRoutes.add(to: table, state)
        KeyRoutes.add(to: table, state)
        PageRoutes.add(to: table, state)
        DeepStackRoutes.add(to: table, state)
        DOODSRoutes.add(to: table, state)
        VideoAnalyzerRoute.add(to: table, state)
        if let pipeline = state.pipeline {
            ModelProtocolRoutes.add(to: table, pipeline)
            InferRoutes.add(to: table, state, pipeline)
            RepositoryRoutes.add(to: table, state, pipeline)
        }
        return table
    }
}

/// The router with a memory of what it holds, so that the wrong method gets 405 with `Allow` and not 404.
final class RouteTable {
    typealias Handler = @Sendable (Request, ServiceContext) async throws -> Response

    private let router: Router<ServiceContext>
    private(set) var methods: [String: [HTTPRequest.Method]] = [:]

    init(boundary: RequestBoundary, gate: AccessGate) {
        router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: boundary)
        router.add(middleware: gate)
    }

    func get(_ path: String, _ handler: @escaping Handler) { on(.get, path, handler) }
    func put(_ path: String, _ handler: @escaping Handler) { on(.put, path, handler) }
    func post(_ path: String, _ handler: @escaping Handler) { on(.post, path, handler) }

    func delete(_ path: String, _ handler: @escaping Handler) { on(.delete, path, handler) }

    private func on(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler) {
        router.on(RouterPath(path), method: method, use: handler)
        methods[path, default: []].append(method)
    }

    func responder() -> RouterResponder<ServiceContext> {
        for (path, present) in methods {
            let allowed = (present.contains(.get) ? present + [.head] : present) + [.options]
            router.on(RouterPath(path), method: .options) { _, _ in
                Response(status: .noContent, headers: [.allow: allowed.map(\.rawValue).joined(separator: ", ")])
            }
            for method in RequestBoundary.knownMethods where !allowed.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    var problem = Problem(
                        .methodNotAllowed, "method-not-allowed", "\(method.rawValue) is not for this address")
                    problem.allowed = allowed
                    throw problem
                }
            }
        }
        return router.buildResponder()
    }
}
