import ArgumentParser
import Pipeline
import Vision

struct BenchFrame: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frame", abstract: "The whole way of a frame, from its bytes to the answer, by stage.")

    @Argument(help: "A frame.")
    var frame: String = "samples/border-collie/frame.dng"

    @Option(help: "Frames to measure.")
    var runs: Int = 20

    @OptionGroup var flags: AnalysisFlags
    @OptionGroup var pipeline: PipelineOptions

    func validate() throws {
        if runs < 1 { throw ValidationError("--runs is \(runs), the least is 1") }
    }

    func run() async throws {
        let options = flags.options
        let names = options.model.map { Set([$0] + options.further + [options.secondStage?.model].compactMap(\.self)) }
        let frames = try FramePipeline(pipeline.configuration(only: names))
        defer { frames.stop() }
        let input = try FrameInput.file(frame)
        var stages: [String: [Double]] = [:]
        for run in 0...runs {
            let analysis = try await frames.analyze(input, options: options)
            if run == 0 { continue }
            for (stage, milliseconds) in analysis.result.timings { stages[stage, default: []].append(milliseconds) }
        }
        for (stage, times) in stages.sorted(by: { $0.key < $1.key }) {
            let sorted = times.sorted()
            try Measurement(
                name: "frame.\(stage)", runs: runs, minimumMilliseconds: sorted[0],
                medianMilliseconds: sorted[sorted.count / 2],
                p90Milliseconds: sorted[min(sorted.count - 1, sorted.count * 9 / 10)],
                threads: frames.configuration.threads
            ).printLine()
        }
    }
}
