import GRPCCore

/// ``AccessGate`` for gRPC: the key comes as metadata `authorization: Bearer KEY` or `x-api-key: KEY`.
struct CallGate: ServerInterceptor {
    /// `nil` where nobody is asked for a key.
    let keys: KeyTable?
    let privacy: PrivacyRules

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next:
            @concurrent @Sendable (StreamingServerRequest<Input>, ServerContext) async throws ->
            StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        if let scope = Self.scope(context.descriptor.method) {
            do {
                let id = try keys?.admit(Self.key(request.metadata), for: scope)
                if scope == .analyze { try privacy.requireTensors(for: id) }
            } catch {
                throw RPCError(inference: error)
            }
        }
        return try await next(request, context)
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
