#if FOVEA_SERVER
import ArgumentParser
import Configuration
import FoundationEssentials
import Logging
import Pipeline
import Service
import ServiceLifecycle
import Tensors
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer frames over HTTP.",
        discussion: """
            Settings come from flags over environment (FOVEA_SERVICE_PORT, …) over the file named by --config over the \
            defaults; `fovea config print` lists them. SIGTERM and Ctrl-C let requests in progress finish.
            """
    )

    @Option(help: "Address to listen on; by default 127.0.0.1, this machine only.")
    var host: String?

    @Option(help: "Port to listen on; by default 8000.")
    var port: Int?

    @Option(help: "Port for gRPC, as a rule 8001; by default there is no gRPC.")
    var grpcPort: Int?

    @Option(help: "JSON settings file.")
    var config: String?

    @Option(help: "Least severity to log: trace, debug, info, notice, warning, error, critical.")
    var logLevel: String = "info"

    @Option(help: "How to write the log: text or json.")
    var logFormat: String = "text"

    @Option(help: "File of API keys, as `fovea keys` makes it. Others than this machine's clients need one.")
    var keys: String?

    @Option(help: "SQLite file in which to keep results; by default none are kept.")
    var store: String?

    @Option(help: "Folder of models; by default the one beside the program, or ./models.")
    var models: String?

    @Option(help: "Folder of ISP profiles (*.json), besides the built-in one.")
    var profiles: String?

    @Option(
        help: """
            A GigE Vision camera to take in: NAME=DEVICE?OPTIONS, where DEVICE is its name, serial number or address and \
            OPTIONS are policy, black_level, model, profile, …, as in a query. May be given several times.
            """)
    var camera: [String] = []

    @Option(help: "Compute threads; by default one a processor.")
    var threads: Int?

    func validate() throws {
        if logFormat != "text", logFormat != "json" {
            throw ValidationError("--log-format is '\(logFormat)', allowed are text, json")
        }
        if Logger.Level(rawValue: logLevel) == nil {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--log-level is '\(logLevel)', allowed are \(known)")
        }
    }

    /// Blocks of this size and larger are few a frame, and what frames leave behind in the heaps comes from them.
    private static let largeBlock = 256 << 10

    func run() async throws {
        ProcessMemory.returnBlocks(from: Self.largeBlock)
        let level = Logger.Level(rawValue: logLevel) ?? .info
        let isJSON = logFormat == "json"
        LoggingSystem.bootstrap { label in
            if isJSON {
                var handler = JSONLogHandler(label: label)
                handler.logLevel = level
                return handler
            }
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let settings = try await SettingsSources(file: config, flags: flags).configuration
        let logger = Logger(label: "fovea")
        let pipeline = try FramePipeline(settings.pipeline)
        defer { pipeline.stop() }
        let host = settings.service.host
        let scheme = settings.service.tlsCertificate == nil ? "http" : "https"
        let notifier = SystemdNotifier(environment: ProcessInfo.processInfo.environment)
        let service = try FoveaService(
            analyzer: pipeline, configuration: settings.service, store: settings.store, jobs: settings.jobs,
            build: FoveaBuild.provenance,
            logger: Logger(label: "fovea.http")
        ) { port in
            notifier.ready(port: port)
            logger.notice(
                "serving on \(scheme)://\(host):\(port)",
                metadata: [
                    "models": "\(pipeline.models.map(\.name).joined(separator: ","))",
                    "threads": "\(pipeline.configuration.threads)", "isa": "\(FoveaBuild.isa)",
                ])
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service), .init(service: notifier)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }

    private var flags: [(key: String, value: ConfigValue)] {
        var flags: [(key: String, value: ConfigValue)] = []
        if let host { flags.append(("service.host", ConfigValue(.string(host), isSecret: false))) }
        if let port { flags.append(("service.port", ConfigValue(.int(port), isSecret: false))) }
        if let keys { flags.append(("service.keys", ConfigValue(.string(keys), isSecret: false))) }
        if let grpcPort { flags.append(("service.grpcPort", ConfigValue(.int(grpcPort), isSecret: false))) }
        if let store { flags.append(("store.path", ConfigValue(.string(store), isSecret: false))) }
        if let models { flags.append(("pipeline.models", ConfigValue(.string(models), isSecret: false))) }
        if let profiles { flags.append(("pipeline.profiles", ConfigValue(.string(profiles), isSecret: false))) }
        if !camera.isEmpty {
            flags.append(("service.cameras", ConfigValue(.string(camera.joined(separator: ",")), isSecret: false)))
        }
        if let threads { flags.append(("pipeline.threads", ConfigValue(.int(threads), isSecret: false))) }
        return flags
    }
}
#endif
