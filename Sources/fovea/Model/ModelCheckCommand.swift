import ArgumentParser
import Inference
import Pipeline

struct ModelCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Run ONNX test cases and compare with their expected outputs.",
        discussion: """
            DIR is a case (model.onnx with test_data_set_N/input_i.pb and output_i.pb) or a folder of cases. Exit status 1 \
            when a case fails or is not supported.
            """)

    @Argument(help: "Folders of cases.")
    var directories: [String]

    @Flag(help: "Print only cases that do not pass.")
    var quiet = false

    func run() throws {
        var counts: [String: Int] = [:]
        for directory in directories {
            for outcome in try ModelCheck.run(directory: directory) {
                counts[outcome.verdict.rawValue, default: 0] += 1
                if quiet && outcome.verdict == .pass { continue }
                let reason = outcome.reason.isEmpty ? "" : ": \(outcome.reason)"
                try StandardOutput.write(line: "\(outcome.verdict.rawValue)\t\(outcome.name)\(reason)")
            }
        }
        let pass = counts["pass", default: 0]
        let fail = counts["fail", default: 0]
        let unsupported = counts["unsupported", default: 0]
        StandardError.print("\(pass) passed, \(fail) failed, \(unsupported) not supported")
        if fail + unsupported > 0 { throw ExitStatus.someInputsFailed }
        if pass == 0 {
            throw PipelineError.badOption(name: "DIR", detail: "there is no test case in \(directories.joined(separator: ", "))")
        }
    }
}
