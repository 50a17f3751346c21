package import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
package import Logging
import NIOCertificateReloading
import NIOCore
import NIOSSL
package import Pipeline
import ServiceLifecycle
package import Store
package import Vision

/// The HTTP service in front of a frame analyzer: answers frames, takes in sensors' streams, and tells of itself.
///
/// Runs in a `ServiceGroup`; graceful shutdown stops listening, ends event and picture streams, and lets requests
/// that are in progress finish.
package struct FoveaService: Service {
    /// Answers requests made in this process as the server answers those from sockets.
    package let responder: RouterResponder<ServiceContext>

    private let state: ServiceState
    private let tls: TLSIdentity?
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void
    private let onListeningGRPC: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - store: where results are kept, if they are.
    ///   - build: version and instruction set, as results carry them.
    ///   - onListening: called with the port once connections are accepted.
    ///   - onListeningGRPC: the same for the gRPC side's.
    /// - Throws: ``ConfigurationError`` for a configuration out of range; `StoreError` for a store that cannot be opened.
    package init(
        analyzer: any FrameAnalyzing, configuration: ServiceConfiguration = ServiceConfiguration(),
        store: StoreConfiguration = StoreConfiguration(), jobs: JobsConfiguration = JobsConfiguration(),
        build: FrameResult.Build,
        logger: Logger = Logger(label: "fovea.http"),
        onListening: @escaping @Sendable (Int) async -> Void = { _ in },
        onListeningGRPC: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        try configuration.validate()
        try Self.checkMask(configuration.privacy, analyzer)
        state = try ServiceState(
            analyzer: analyzer, pipeline: analyzer as? FramePipeline, configuration: configuration, build: build,
            access: try AccessControl(configuration, logger: logger),
            audit: try Self.audit(configuration, logger),
            store: try store.path.map { path in try ResultStore(path: path, configuration: store) },
            exporter: configuration.operations.traceCollector.map {
                TraceExporter(
                    collector: $0, ratio: configuration.operations.traceRatio, version: build.version, logger: logger)
            },
            jobs: jobs, logger: logger)
        tls = try Self.identity(configuration, logger)
        responder = Routes.responder(state)
        self.logger = logger
        self.onListening = onListening
        self.onListeningGRPC = onListeningGRPC
    }

    /// Whether a service would start with these settings. Makes and changes no file.
    ///
    /// - Throws: as the initializer does.
    package static func check(
        analyzer: any FrameAnalyzing, configuration: ServiceConfiguration, store: StoreConfiguration,
        jobs: JobsConfiguration, build: FrameResult.Build
    ) throws {
        try store.check()
        if let log = configuration.access.auditLog { try StoreConfiguration.checkWritable(log) }
        var configuration = configuration
        configuration.access.auditLog = nil
        _ = try FoveaService(analyzer: analyzer, configuration: configuration, jobs: jobs, build: build)
    }

    /// A rule that asks for masked pictures needs what masks them.
    private static func checkMask(
        _ rules: PrivacyRules, _ analyzer: any FrameAnalyzing
    ) throws(ConfigurationError) {
        guard rules.levels.contains(.masked), let pipeline = analyzer as? FramePipeline else { return }
        var options = AnalysisOptions()
        options.privacy = .masked
        options.hidden = rules.hidden
        options.picture = .png
        do {
            try pipeline.validate(options)
        } catch {
            throw .unreadable(key: "privacy", detail: "\(error)")
        }
    }

    private static func audit(
        _ configuration: ServiceConfiguration, _ logger: Logger
    ) throws(ConfigurationError) -> AuditLog? {
        guard let path = configuration.access.auditLog else { return nil }
        return try AuditLog(path: path, logger: logger)
    }

    private static func identity(
        _ configuration: ServiceConfiguration, _ logger: Logger
    ) throws(ConfigurationError) -> TLSIdentity? {
        guard let certificate = configuration.tlsCertificate, let key = configuration.tlsKey else { return nil }
        return try TLSIdentity(
            certificate: certificate, key: key, clientAuthorities: configuration.tlsClientAuthorities, logger: logger)
    }

    /// - Throws: ``ListenError`` when the address cannot be listened on.
    package func run() async throws {
        await state.jobs.restore()
        let tidying = Task { await tidy() }
        defer { tidying.cancel() }
        let polling = state.pipeline.flatMap { pipeline in
            pipeline.library.control == .poll
                ? Task { await ModelControl(pipeline: pipeline).poll(logger) } : nil
        }
        defer { polling?.cancel() }
        try await withThrowingTaskGroup { group in
            group.addTask { try await serveHTTP() }
            if let exporter = state.exporter { group.addTask { await exporter.run() } }
            if let tls { group.addTask { try await tls.reloader.run() } }
            if let listener = grpcListener { group.addTask { try await listener.run() } }
            if let address = state.configuration.frigate.address {
                let listener = FrigateListener(address: address, state: state, logger: logger)
                group.addTask { try await cancelWhenGracefulShutdown { try await listener.run() } }
            }
            for camera in state.configuration.cameras {
                let ingest = CameraIngest(setting: camera, state: state, logger: logger)
                group.addTask { await cancelWhenGracefulShutdown { await ingest.run() } }
            }
            // One that fails takes the other with it.
            try await group.waitForAll()
        }
        await state.jobs.stop()
        await state.background.finish()
        await state.exporter?.finish()
    }

    /// Deletes old results and jobs every half minute until it is cancelled.
    private func tidy() async {
        while !Task.isCancelled {
            do { try await state.store?.enforceRetention() } catch {
                logger.error("old results cannot be deleted", metadata: ["error": "\(error)"])
            }
            await state.jobs.expire()
            try? await Task.sleep(for: .seconds(30))
        }
    }

    private func serveHTTP() async throws {
        do {
            try await application().run()
        } catch let error as IOError {
            let configuration = state.configuration
            throw ListenError(host: configuration.host, port: configuration.port, reason: error.description)
        }
    }

    private var grpcListener: GRPCListener? {
        let configuration = state.configuration
        guard let pipeline = state.pipeline, configuration.grpcPort >= 0 else { return nil }
        return GRPCListener(
            service: InferenceService(pipeline: pipeline, state: state), host: configuration.host,
            port: configuration.grpcPort, messageLimit: configuration.maximumBodyBytes, access: state.access,
            audit: state.audit, privacy: configuration.privacy, tls: tls, logger: logger,
            onListening: onListeningGRPC)
    }

    private static func secure(
        _ tls: TLSConfiguration, _ channel: HTTP1Channel.Configuration, _ configuration: ServiceConfiguration
    ) throws -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            SecureChannel(
                base: try HTTP2UpgradeChannel(
                    tlsConfiguration: tls,
                    configuration: HTTP2UpgradeChannel.Configuration(
                        idleTimeout: configuration.idleTimeout, gracefulCloseTimeout: .seconds(30),
                        streamConfiguration: channel),
                    responder: responder),
                timeout: TimeAmount(configuration.idleTimeout))
        }
    }

    private func application() throws -> Application<RouterResponder<ServiceContext>> {
        let configuration = state.configuration
        let limits = ConnectionWatchHandler.Limits(configuration)
        let serverName = "fovea/\(state.build.version)"
        let surroundings = ProtocolErrorHandler.Surroundings(
            configuration: configuration, metrics: state.metrics, serverName: serverName, logger: logger)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionWatchInstaller(limits: limits), ProtocolErrorHandler(surroundings),
            ],
            idleTimeout: TimeAmount(configuration.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: configuration.maximumHeaderFieldBytes,
                maxHeaderListSize: configuration.maximumHeaderBytes,
                maxHeaderFieldCount: configuration.maximumHeaderCount))
        let onListening = onListening
        return Application(
            responder: responder,
            server: try tls.map { try Self.secure($0.configuration, channel, configuration) }
                ?? .http1(configuration: channel),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: serverName,
                backlog: 1024,
                availableConnectionsDelegate: .maximum(configuration.maximumConnections, logger: logger)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? configuration.port) },
            logger: logger)
    }
}
