import ArgumentParser
import Pipeline
import StrictJSON
import Tensors

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Write the manual pages and shell completions of this program.",
        discussion: """
            Below DIR: man/man1/fovea.1 and a page for each command, bash-completion/completions/fovea, \
            zsh/site-functions/_fovea, fish/vendor_completions.d/fovea.fish. With DIR = /usr/local/share shells and man find them.
            """
    )

    @Argument(help: ArgumentHelp("Folder, like /usr/local/share.", valueName: "dir"))
    var directory: String

    func run() throws {
        let description = Array(Fovea._dumpHelp().utf8)
        let root = try description.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in
                try JSONDocument.decode(CommandDescription.Document.self, from: bytes, byteLimit: 1 << 24)
            }
        }.get().command
        for page in ManualPage.all(of: root, version: FoveaBuild.version) {
            try FileWriting.writeMakingFolder(Array(page.text.utf8), to: "\(directory)/man/man1/\(page.name).1")
        }
        for (shell, path) in [
            (CompletionShell.bash, "bash-completion/completions/fovea"), (.zsh, "zsh/site-functions/_fovea"),
            (.fish, "fish/vendor_completions.d/fovea.fish"),
        ] {
            try FileWriting.writeMakingFolder(
                Array(Fovea.completionScript(for: shell).utf8), to: "\(directory)/\(path)")
        }
    }
}

/// A command as the argument parser describes it.
struct CommandDescription: Decodable {
    struct Document: Decodable { var command: CommandDescription }

    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String

            /// As one types it.
            var spelling: String { (kind == "long" ? "--" : "-") + name }
        }

        /// `positional`, `option` or `flag`.
        var kind: String
        var names: [Name]?
        var valueName: String?
        var abstract: String?
        var defaultValue: String?
        var allValues: [String]?
        var isOptional: Bool
        var isRepeating: Bool
        var shouldDisplay: Bool
        var sectionTitle: String?
    }

    var commandName: String
    var superCommands: [String]?
    var abstract: String?
    var discussion: String?
    var arguments: [Argument]?
    var subcommands: [CommandDescription]?
    var shouldDisplay: Bool
}
