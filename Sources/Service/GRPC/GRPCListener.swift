import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import ServiceLifecycle

/// The gRPC side of the service: the Open Inference Protocol on a port of its own, on the same queue as HTTP.
struct GRPCListener: Service {
    let service: InferenceService
    let host: String
    let port: Int
    /// Bytes of one message.
    let messageLimit: Int
    let access: AccessControl?
    let audit: AuditLog?
    let privacy: PrivacyRules
    let tls: TLSIdentity?
    let logger: Logger
    let onListening: @Sendable (Int) async -> Void

    private var transportSecurity: HTTP2ServerTransport.Posix.TransportSecurity {
        get throws {
            guard let tls else { return .plaintext }
            guard let authorities = tls.clientAuthorities else { return try .tls(certificateReloader: tls.reloader) }
            return try .mTLS(certificateReloader: tls.reloader) {
                $0.trustRoots = .certificates([.file(path: authorities, format: .pem)])
            }
        }
    }

    /// Serves until graceful shutdown, then lets calls in progress finish.
    ///
    /// - Throws: ``ListenError`` when the address cannot be listened on.
    func run() async throws {
        let transport = HTTP2ServerTransport.Posix(
            address: host.contains(":") ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port),
            transportSecurity: try transportSecurity,
            config: .defaults {
                $0.rpc.maxRequestPayloadSize = messageLimit
                $0.compression.enabledAlgorithms = .all
            })
        let server = GRPCServer(
            transport: transport, services: [service],
            interceptors: [CallGate(access: access, audit: audit, privacy: privacy)])
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask {
                    do {
                        try await server.serve()
                    } catch let error as RuntimeError {
                        throw ListenError(host: host, port: port, reason: error.description)
                    }
                }
                if let address = try? await transport.listeningAddress {
                    let port = address.ipv4?.port ?? address.ipv6?.port ?? port
                    logger.notice("gRPC on \(host):\(port)")
                    await onListening(port)
                }
            }
        } onGracefulShutdown: {
            server.beginGracefulShutdown()
        }
    }
}
