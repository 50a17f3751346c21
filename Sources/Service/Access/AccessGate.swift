import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging

/// Lets requests through whose key or token has the scope that their route needs, and notes what is to be noted.
struct AccessGate: RouterMiddleware {
    typealias Context = ServiceContext

    /// `nil` where nobody is asked who they are.
    let access: AccessControl?
    let audit: AuditLog?

    func handle(
        _ request: Request, context: ServiceContext,
        next: @concurrent (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        // The route that was found, not the path as sent: `//v2//repository/…` finds the same route.
        let route = context.endpointPath ?? request.uri.path
        guard let scope = Self.scope(request.method, route) else { return try await next(request, context) }
        var context = context
        do {
            if let access { try await admit(request, route, scope, access, &context) }
            let response = try await next(request, context)
            note(request, route, scope, status: response.status.code, context)
            return response
        } catch {
            note(request, route, scope, status: Problem(error).status.code, context)
            throw error
        }
    }

    private func admit(
        _ request: Request, _ route: String, _ scope: Scope, _ access: AccessControl, _ context: inout ServiceContext
    ) async throws(Problem) {
        let text = Self.key(request.headers)
        // DeepStack's clients send the key as a field of the form: its routes look there.
        if text == nil, request.method == .post, route.hasPrefix("/v1/vision/") {
            context.formAccess = access
            return
        }
        let caller = try await access.identify(text)
        context.caller = caller
        context.logger[metadataKey: "\(caller.kind)"] = "\(caller.id)"
        try access.permit(caller, scope)
    }

    private func note(
        _ request: Request, _ route: String, _ scope: Scope, status: Int, _ context: ServiceContext
    ) {
        guard let audit else { return }
        let event: AuditLog.Event
        if status == 401 || status == 403 {
            event = .denied
        } else if scope == .manage {
            event = .admin
        } else if scope == .read, Self.dataRoutes.contains(where: route.hasPrefix) {
            event = .access
        } else {
            return
        }
        audit.write(
            .init(
                event: event, caller: context.caller, method: request.method.rawValue, path: request.uri.path,
                status: status, remote: context.channel?.remoteAddress?.ipAddress, requestID: context.requestID))
    }

    /// Where pictures, results and what sensors saw can be read.
    private static let dataRoutes = ["/v1/sensors/", "/v1/results", "/v1/jobs"]

    /// What a request needs; `nil` for probes, which must answer anybody.
    static func scope(_ method: HTTPRequest.Method, _ route: String) -> Scope? {
        switch route {
        case "/livez", "/readyz", "/healthz", "/v2/health/live", "/v2/health/ready": return nil
        case "/metrics": return .metrics
        case "/v2/repository/index": return .read
        case "/v1/keys": return .manage
        default: break
        }
        if method == .options { return nil }
        if route.hasPrefix("/v2/repository/") { return .manage }
        // What is deleted is gone for everybody; a job only for whoever started it.
        if method == .delete, !route.hasPrefix("/v1/jobs") { return .manage }
        return method == .get || method == .head ? .read : .analyze
    }

    /// The key as `Authorization: Bearer`, `X-API-Key`, or the password of `Authorization: Basic`.
    static func key(_ headers: HTTPFields) -> String? {
        if let key = headers[.apiKey] { return key }
        guard let text = headers[.authorization] else { return nil }
        let halves = text.split(separator: " ", maxSplits: 1)
        guard halves.count == 2 else { return nil }
        switch halves[0].lowercased() {
        case "bearer": return String(halves[1])
        case "basic":
            guard let data = Data(base64Encoded: String(halves[1])),
                let pair = String(validating: data, as: UTF8.self), let colon = pair.firstIndex(of: ":")
            else { return nil }
            let password = pair[pair.index(after: colon)...]
            return String(password.isEmpty ? pair[..<colon] : password)
        default: return nil
        }
    }
}

extension HTTPField.Name {
    static let apiKey: HTTPField.Name = {
        guard let name = HTTPField.Name("X-API-Key") else { preconditionFailure("not a header name") }
        return name
    }()
}
