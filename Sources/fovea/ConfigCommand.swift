#if FOVEA_SERVER
import ArgumentParser
import Pipeline
import Service

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Look at the service's settings.",
        subcommands: [Print.self, Check.self]
    )

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell whether a service would start with these settings.",
            discussion: """
                Looks at the settings and the files they name: models, profiles, keys, certificates. Makes and changes no file.
                """)

        @Option(help: "JSON settings file.")
        var config: String?

        func run() async throws {
            let settings = try await SettingsSources(file: config, flags: []).configuration
            let pipeline = try FramePipeline(settings.pipeline)
            defer { pipeline.stop() }
            try FoveaService.check(
                analyzer: pipeline, configuration: settings.service, store: settings.store, jobs: settings.jobs,
                build: FoveaBuild.provenance)
            try StandardOutput.write(
                line: "ok: \(pipeline.models.count) models, host \(settings.service.host), "
                    + "keys \(settings.service.needsKeys ? "needed" : "not needed"), "
                    + "TLS \(settings.service.tlsCertificate == nil ? "off" : "on")")
        }
    }

    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every setting in force, where it comes from, and the variable that sets it.")

        @Option(help: "JSON settings file.")
        var config: String?

        func run() async throws {
            let sources = try await SettingsSources(file: config, flags: [])
            for (key, value) in sources.configuration.listing {
                let left = "\(key) = \(value)"
                let padding = String(repeating: " ", count: max(1, 52 - left.count))
                try StandardOutput.write(
                    line: "\(left)\(padding)# \(sources.origin(of: key)); \(SettingsSources.environmentName(of: key))")
            }
        }
    }
}
#endif
