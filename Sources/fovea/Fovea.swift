import ArgumentParser
import CKernels
import Glibc
import Pipeline

/// The program: every command is one file beside this one.
@main
struct Fovea: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fovea",
        abstract: "Raw sensor frames in, annotated answers out.",
        version: "fovea \(FoveaBuild.version)",
        subcommands: subcommands
    )

    private static var subcommands: [any ParsableCommand.Type] {
        #if FOVEA_SERVER
        [
            ProcessCommand.self, EvalCommand.self, CompareCommand.self, DevelopCommand.self, CalibrateCommand.self,
            ServeCommand.self, EmulateCommand.self, ModelCommand.self, BenchCommand.self, ConfigCommand.self,
            KeysCommand.self, StoreCommand.self, VerifyCommand.self, ManualCommand.self,
        ]
        #else
        [
            ProcessCommand.self, EvalCommand.self, CompareCommand.self, DevelopCommand.self, CalibrateCommand.self,
            ModelCommand.self, BenchCommand.self, ManualCommand.self,
        ]
        #endif
    }

    static func main() async {
        // A reader that goes away (`fovea process … | head`) shows as a failed write, not as a signal.
        signal(SIGPIPE, SIG_IGN)
        do {
            try checkInstructionSet()
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// A misspelt level would otherwise be taken for none.
    private static func checkInstructionSet() throws(PipelineError) {
        guard let variable = getenv("FOVEA_ISA") else { return }
        let name = String(cString: variable)
        let known = (0...ck_isa_amx.rawValue).map { String(cString: ck_isa_name(ck_isa(rawValue: $0))) }
        guard known.contains(name) else {
            throw .badOption(name: "FOVEA_ISA", detail: "is '\(name)', allowed are \(known.joined(separator: ", "))")
        }
    }

    /// Prints the error and leaves with the code that ``ExitStatus`` documents.
    private static func end(with error: any Error) -> Never {
        let status = ExitStatus(error)
        if let status {
            if !(error is ExitStatus) { StandardError.print("fovea: \(describe(error))") }
            Glibc.exit(status.rawValue)
        }
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        if code == .success {
            print(text)
        } else if !text.isEmpty {
            StandardError.print(text)
        }
        Glibc.exit(code == .validationFailure ? ExitStatus.usage.rawValue : code.rawValue)
    }
}
