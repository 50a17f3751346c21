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
        var (pass, fail, unsupported) = (0, 0, 0)
        for directory in directories {
            for outcome in try ModelCheck.run(directory: directory) {
                switch outcome.verdict {
                case .passed:
                    pass += 1
                    if !quiet { try StandardOutput.write(line: "pass\t\(outcome.name)") }
                case .failed(let reason):
                    fail += 1
                    try StandardOutput.write(line: "fail\t\(outcome.name): \(reason)")
                case .unsupported(let reason):
                    unsupported += 1
                    try StandardOutput.write(line: "unsupported\t\(outcome.name): \(reason)")
                }
            }
        }
        StandardError.print("\(pass) passed, \(fail) failed, \(unsupported) not supported")
        if fail + unsupported > 0 { throw ExitStatus.someInputsFailed }
        if pass == 0 {
            throw PipelineError.badOption(
                name: "DIR", detail: "there is no test case in \(directories.joined(separator: ", "))")
        }
    }
}
