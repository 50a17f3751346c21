#if FOVEA_SERVER
import ArgumentParser

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Look at the service's settings.",
        subcommands: [Print.self]
    )

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
