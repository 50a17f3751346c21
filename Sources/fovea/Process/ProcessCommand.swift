import ArgumentParser
import Batch
import Pipeline
import Tensors
import Vision

struct ProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process",
        abstract: "Answer pictures and raw frames in bulk.",
        discussion: """
            JPEG, PNG, TIFF, DNG and raw bytes mix freely; NAME.raw takes its description from NAME.json beside it. Folders give \
            the frames in them. A file that fails is told in the output and in the report, and the rest goes on. Answers come \
            in the order of the inputs and depend on nothing but frame, model, ISP profile and options.

            With --output the answers go to a file that takes its place when the run has ended; what is done is kept in \
            OUTPUT.journal, and --resume goes on behind it after a crash, a Ctrl-C or when inputs were added.

            Exit status: 0 all answered, 1 some failed, 2 wrong usage, 3 configuration or model, 4 input/output, 130 interrupted.
            """
    )

    @OptionGroup(title: "Inputs") var inputs: InputOptions
    @OptionGroup(title: "Analysis") var flags: AnalysisFlags
    @OptionGroup(title: "Outputs") var outputs: OutputOptions

    @Option(help: "Frames in work at once; by default one more than threads.")
    var jobs: Int?

    @Option(help: "Seconds after which a frame counts as failed.")
    var timeout: Double = 3600

    @Flag(help: "Stop at the first input that fails.")
    var failFast = false

    @Flag(inversion: .prefixedNo, help: "Go on behind what the output's journal says is done.")
    var resume = false

    @Flag(help: "With --resume, read files that are done again, to see whether their content is as it was.")
    var verify = false

    @OptionGroup(title: "Raw frames") var raw: RawOptions
    @OptionGroup(title: "Set-up") var pipeline: PipelineOptions

    func validate() throws {
        if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs is \(jobs), allowed are 1 to 1024") }
        if !(timeout > 0 && timeout <= 1e6) {
            throw ValidationError("--timeout is \(timeout), allowed are 0 to 1000000")
        }
        if resume && outputs.output == nil { throw ValidationError("--resume needs --output") }
        if verify && !resume { throw ValidationError("--verify goes with --resume") }
    }

    func run() async throws {
        var settings = BatchSettings(inputs: inputs.selection, options: flags.options)
        settings.description = try raw.description()
        settings.limit = inputs.limit
        settings.stopsAtFirstFailure = failFast
        settings.resumes = resume
        settings.rereads = verify
        settings.countsInputs = outputs.progress != .none
        try outputs.apply(to: &settings)

        // What is not named need not be loaded; what masked pictures hide may need any detector.
        let asked = settings.options
        let isNamed = asked.model != nil && asked.privacy != .masked
        let models = [asked.model, asked.secondStage?.model].compactMap(\.self) + asked.further
        var configuration = pipeline.configuration(only: isNamed ? Set(models) : nil)
        configuration.sharesFrames = false
        configuration.deadlineMilliseconds = Int(timeout * 1000)
        settings.width = jobs ?? configuration.threads + 1
        configuration.queueLimit = settings.width
        let frames = try FramePipeline(configuration)
        defer { frames.stop() }
        try frames.validate(settings.options)

        let run = try BatchRun(settings, pipeline: frames)
        let interruption = InterruptSignal { [stopSwitch = run.stopSwitch] in stopSwitch.stop() }
        defer { interruption.stop() }
        let display = ProgressDisplay(outputs.progress)
        let totals = try await run.run(progress: display.show)
        try finish(totals, display)
    }

    private func finish(_ totals: BatchTotals, _ display: ProgressDisplay) throws {
        display.finish(totals)
        if let report = outputs.report { try FileWriting.write(totals.report, to: report) }
        if !outputs.format.tellsFailures {
            for failure in totals.failures { StandardError.print("fovea: \(failure.source): \(failure.error)") }
        }
        if totals.failed > 0 { StandardError.print("fovea: \(totals.failed) of \(totals.inputs) inputs failed") }
        if totals.isInterrupted {
            let hint = outputs.output == nil ? "" : "; --resume goes on from here"
            StandardError.print("fovea: interrupted after \(totals.inputs) inputs\(hint)")
            throw ExitStatus.interrupted
        }
        if totals.failed > 0 { throw ExitStatus.someInputsFailed }
    }
}
