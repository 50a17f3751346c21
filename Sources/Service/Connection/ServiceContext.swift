package import Hummingbird
package import Logging
import NIOCore
import Synchronization

/// What a request carries beside itself on its way through the routes.
package struct ServiceContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// `nil` when the request did not come over a socket.
    let channel: (any Channel)?
    var connection: ConnectionWatch?
    /// The client's `X-Request-ID` or our own.
    var requestID = ""
    /// Who sends the request, where callers are asked.
    var caller: Caller?
    /// Set where the key is to be looked for in the form.
    var formAccess: AccessControl?
    let body = BodyProgress()

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// A context for a request made in this process.
    package init(logger: Logger) {
        coreContext = CoreRequestContextStorage(source: LocalSource(logger: logger))
        channel = nil
    }

    private struct LocalSource: RequestContextSource {
        let logger: Logger
    }

    /// Finds the watch of the connection that the request came over.
    func findConnection() async -> ConnectionWatch? {
        guard let channel else { return nil }
        let found = channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: ConnectionWatchHandler.self).watch
        }
        return try? await found.get()
    }

    /// Runs `operation`, cancelled when the client goes away.
    func cancellingOnDisconnect<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let connection else { return try await operation() }
        return try await connection.cancellingOnClose(operation)
    }

    /// Tells a client that sent `Expect: 100-continue` to go on.
    func sendContinue() async throws {
        try await channel?.triggerUserOutboundEvent(ContinueEvent())
    }
}

/// Whether the body of a request has been read to its end.
final class BodyProgress: Sendable {
    private let finished = Mutex(false)

    var isFinished: Bool { finished.withLock { $0 } }
    func finish() { finished.withLock { $0 = true } }
}
