import GRPCCore
import HTTPTypes
import Hummingbird

/// ``AccessGate`` for gRPC: the key or token comes as metadata `authorization: Bearer KEY` or `x-api-key: KEY`.
struct CallGate: ServerInterceptor {
    /// `nil` where nobody is asked who they are.
    let access: AccessControl?
    let audit: AuditLog?
    let privacy: PrivacyRules

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next:
            @concurrent @Sendable (StreamingServerRequest<Input>, ServerContext) async throws ->
            StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        guard let scope = Self.scope(context.descriptor.method) else { return try await next(request, context) }
        var caller: Caller?
        do throws(Problem) {
            if let access {
                let known = try await access.identify(Self.key(request.metadata))
                caller = known
                try access.permit(known, scope)
            }
            if scope == .analyze { try privacy.requireTensors(for: caller?.id) }
        } catch {
            if error.status != .tooManyRequests { note(.denied, context, caller, status: error.status.code) }
            throw RPCError(inference: error)
        }
        do {
            let response = try await next(request, context)
            if scope == .manage { note(.admin, context, caller, status: 200) }
            return response
        } catch {
            if scope == .manage { note(.admin, context, caller, status: Problem(error).status.code) }
            throw error
        }
    }

    private func note(_ event: AuditLog.Event, _ context: ServerContext, _ caller: Caller?, status: Int) {
        audit?.write(
            .init(
                event: event, caller: caller, method: "gRPC", path: "/\(context.descriptor)", status: status,
                remote: context.remotePeer, requestID: "\(RequestID())"))
    }

    static func scope(_ method: String) -> Scope? {
        switch method {
        case "ServerLive", "ServerReady": nil
        case "ModelInfer", "ModelStreamInfer": .analyze
        case "RepositoryModelLoad", "RepositoryModelUnload": .manage
        default: .read
        }
    }

    static func key(_ metadata: Metadata) -> String? {
        if let key = metadata[stringValues: "x-api-key"].first(where: { _ in true }) { return key }
        guard let text = metadata[stringValues: "authorization"].first(where: { _ in true }) else { return nil }
        let halves = text.split(separator: " ", maxSplits: 1)
        guard halves.count == 2, halves[0].lowercased() == "bearer" else { return nil }
        return String(halves[1])
    }
}
