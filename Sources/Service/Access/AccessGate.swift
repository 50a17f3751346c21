import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging

/// Lets requests through whose key has the scope that their route needs.
struct AccessGate: RouterMiddleware {
    typealias Context = ServiceContext

    /// `nil` where nobody is asked for a key.
    let keys: KeyTable?

    func handle(
        _ request: Request, context: ServiceContext,
        next: @concurrent (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        guard let keys, let scope = Self.scope(request.method, request.uri.path) else {
            return try await next(request, context)
        }
        var context = context
        let text = Self.key(request.headers)
        // DeepStack's clients send the key as a field of the form: its routes look there.
        if text == nil, request.method == .post, request.uri.path.hasPrefix("/v1/vision/") {
            context.formKeys = keys
            return try await next(request, context)
        }
        let id = try keys.admit(text, for: scope)
        context.keyID = id
        context.logger[metadataKey: "key"] = "\(id)"
        return try await next(request, context)
    }

    /// What a request needs; `nil` for probes, which must answer anybody.
    static func scope(_ method: HTTPRequest.Method, _ path: String) -> Scope? {
        switch path {
        case "/livez", "/readyz", "/healthz", "/v2/health/live", "/v2/health/ready": return nil
        case "/metrics": return .metrics
        case "/v2/repository/index": return .read
        default: break
        }
        if method == .options { return nil }
        if path.hasPrefix("/v2/repository/") { return .manage }
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
