import ArgumentParser
import Codecs
import Pipeline
import Tensors
import Vision

struct ProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process",
        abstract: "Answer pictures and raw frames: one JSON line each on standard output.",
        discussion: """
            JPEG, PNG, DNG and raw bytes mix freely; NAME.raw takes its description from NAME.json beside it. A file that \
            fails gives a line with "error" and "source", and the rest goes on.

            Exit status: 0 all answered, 1 some failed, 2 wrong usage, 3 configuration or model, 4 input/output.
            """
    )

    @Argument(help: "Files and folders; - is standard input.")
    var paths: [String]

    @Option(help: "Folder for annotated pictures.")
    var annotate: String?

    @Option(help: "Format of annotated pictures: jpeg or png.")
    var annotateFormat: String = "jpeg"

    @Option(help: "Frames in work at once; by default one more than threads.")
    var jobs: Int?

    @Option(help: "Stop after so many inputs.")
    var limit: Int?

    @Flag(help: "Stop at the first input that fails.")
    var failFast = false

    @OptionGroup var flags: AnalysisFlags
    @OptionGroup var raw: RawOptions
    @OptionGroup var pipeline: PipelineOptions

    func validate() throws {
        if paths.isEmpty { throw ValidationError("name at least one file or folder") }
        if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs is \(jobs), allowed are 1 to 1024") }
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit), the least is 1") }
        if !["jpeg", "png"].contains(annotateFormat) {
            throw ValidationError("--annotate-format is '\(annotateFormat)', allowed are jpeg and png")
        }
    }

    func run() async throws {
        let files = Array(try InputPaths.expand(paths).prefix(limit ?? Int.max))
        let description = try raw.description()
        if let annotate { try FileWriting.makeDirectory(annotate) }

        var options = flags.options
        if annotate != nil { options.picture = annotateFormat == "png" ? .png : .jpeg(quality: 90) }
        var configuration = pipeline.configuration(only: options.model.map { [$0] })
        let width = jobs ?? configuration.threads + 1
        configuration.queueLimit = max(width, configuration.queueLimit)
        let frames = try FramePipeline(configuration)
        defer { frames.stop() }
        try frames.validate(options)

        let names = annotate.map {
            AnnotatedNames(folder: $0, files: files, ending: annotateFormat == "png" ? "png" : "jpg")
        }
        var failures = 0
        try await inOrder(count: files.count, width: width) { [options] index in
            await answer(files[index], description: description, options: options, with: frames)
        } consume: { index, outcome in
            switch outcome {
            case .success(let analysis):
                if let picture = analysis.picture, let path = names?.paths[index] {
                    try FileWriting.write(picture, to: path)
                }
                try StandardOutput.write(line: analysis.result.json(pretty: false))
            case .failure(let error):
                failures += 1
                try StandardOutput.write(line: FailureLine(source: files[index], error: describe(error)).json())
                if failFast { throw ExitStatus.someInputsFailed }
            }
        }
        if failures > 0 {
            StandardError.print("fovea: \(failures) of \(files.count) inputs failed")
            throw ExitStatus.someInputsFailed
        }
    }

    private func answer(
        _ path: String, description: RawDescription, options: AnalysisOptions, with frames: FramePipeline
    ) async -> Result<Analysis, any Error> {
        do {
            let input = try FrameInput.file(path, description: description)
            return .success(try await frames.analyze(input, options: options))
        } catch {
            return .failure(error)
        }
    }
}
