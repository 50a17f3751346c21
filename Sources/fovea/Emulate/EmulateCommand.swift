#if FOVEA_SERVER
import ArgumentParser

struct EmulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emulate",
        abstract: "Be an image sensor: turn a scene into raw frames and stream them to a service.",
        subcommands: [EmulateStreamCommand.self, EmulateVerifyCommand.self],
        defaultSubcommand: EmulateStreamCommand.self
    )
}
#endif
