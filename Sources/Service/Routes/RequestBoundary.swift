import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging

/// The outermost layer: gives each request its id, turns every error into a problem, counts, times and logs.
struct RequestBoundary: RouterMiddleware {
    typealias Context = ServiceContext

    static let knownMethods: [HTTPRequest.Method] =
        [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
        + [HTTPRequest.Method("QUERY")].compactMap(\.self)

    let metrics: ServiceMetrics
    /// `nil` where traces are not exported.
    let exporter: TraceExporter?

    func handle(
        _ request: Request, context: ServiceContext,
        next: @concurrent (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.requestID = request.headers[.requestID].flatMap(Self.usable) ?? "\(RequestID())"
        // One id in the log, not the server's beside ours.
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request_id"] = "\(context.requestID)"
        context.connection = await context.findConnection()
        context.connection?.beginAnswer()
        let parent = request.headers[.traceParent].flatMap { TraceParent($0) }
        let trace = place(of: request, under: parent)
        let exported = exporter.flatMap { trace.isSampled ? RequestTrace(trace, exporter: $0) : nil }
        context.logger[metadataKey: "trace_id"] = "\(trace.traceID)"
        metrics.requestBegan()

        var response = await RequestTrace.$current.withValue(exported) { [context] in
            await respond(to: request, context: context, next: next)
        }
        let bodyIsLeft = !context.body.isFinished && isLongBody(request)
        if bodyIsLeft, !context.isStream { response.headers[.connection] = "close" }
        context.connection?.endRequest(bodyWasRead: !bodyIsLeft)
        response.headers[.requestID] = context.requestID
        response.headers[.contentTypeOptions] = "nosniff"
        response.headers[.traceParent] = trace.header

        let duration = start.duration(to: .now)
        let method = Self.knownMethods.contains(request.method) ? request.method.rawValue : "other"
        let route = context.endpointPath ?? "none"
        metrics.requestEnded(method: method, route: route, status: response.status.code, duration: duration)
        exported?.ended(
            parentID: parent?.spanID, method: method, route: route, status: response.status.code, duration: duration)
        context.logger.info(
            "request",
            metadata: [
                "method": "\(method)", "path": "\(request.uri.path.prefix(256))", "status": "\(response.status.code)",
                "milliseconds": "\((duration / .milliseconds(1) * 100).rounded() / 100)",
            ])
        return response
    }

    /// Where the request stands in its trace. One that the client began is kept or not as it says; of the others a part is kept, but
    /// none of those that only ask how the service is.
    private func place(of request: Request, under parent: TraceParent?) -> TraceParent {
        if let parent { return parent.child() }
        var begun = TraceParent()
        if let exporter, AccessGate.scope(request.method, request.uri.path).map({ $0 != .metrics }) ?? false,
            Double.random(in: 0..<1) < exporter.ratio
        {
            begun.flags = 1
        }
        return begun
    }

    private func respond(
        to request: Request, context: ServiceContext,
        next: @concurrent (Request, ServiceContext) async throws -> Response
    ) async -> Response {
        do {
            guard Self.knownMethods.contains(request.method) else {
                throw Problem.unknownMethod
            }
            return try await next(request, context)
        } catch {
            let problem = Problem(error)
            if let internalDetail = problem.internalDetail {
                let level: Logger.Level = problem.status.code >= 500 ? .error : .debug
                context.logger.log(level: level, "problem", metadata: ["error": "\(internalDetail)"])
            }
            return problem.response(instance: String(request.uri.path.prefix(1024)), requestID: context.requestID)
        }
    }

    /// Whether reading past the body costs more than a new connection.
    private func isLongBody(_ request: Request) -> Bool {
        if request.headers[.transferEncoding] != nil { return true }
        guard let length = request.headers[.contentLength].flatMap({ Int($0) }) else { return false }
        return length > 64 << 10
    }

    /// A client's id is taken when it is fit for a header and a log line.
    private static func usable(_ id: String) -> String? {
        let isFit = (1...128).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 }
        return isFit ? id : nil
    }
}

extension HTTPField.Name {
    static let requestID = literal("X-Request-ID")
    static let traceParent = literal("traceparent")
    static let contentTypeOptions = literal("X-Content-Type-Options")
    static let acceleratedBuffering = literal("X-Accel-Buffering")
    static let contentDigest = literal("Content-Digest")
    static let frameNumber = literal("Fovea-Frame-Number")
    static let resultID = literal("Fovea-Result")
    static let prefer = literal("Prefer")
    static let preferenceApplied = literal("Preference-Applied")
    static let webhook = literal("Fovea-Webhook")
    static let idempotencyKey = literal("Idempotency-Key")
    static let idempotencyReplayed = literal("Idempotency-Replayed")
    static let contentSecurityPolicy = literal("Content-Security-Policy")

    private static func literal(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("not a header name") }
        return name
    }
}
