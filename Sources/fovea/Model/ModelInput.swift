import ArgumentParser
import ISP
import Inference
import Pipeline
import Vision

struct ModelInput: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "input",
        abstract: "Write the tensor that a model is given for a frame, as a NumPy file.",
        discussion: "The same bits on every machine; tools/isp/reference.py makes them in NumPy."
    )

    @Argument(help: "Name of a model.")
    var model: String

    @Argument(help: "A frame.")
    var frame: String

    @Option(name: .shortAndLong, help: "Output file, .npy.")
    var output: String

    @Option(name: .customLong("isp-profile"), help: "Name of an ISP profile.")
    var profile: String?

    @OptionGroup var raw: RawOptions
    @OptionGroup var pipeline: PipelineOptions

    func run() throws {
        let manifest = try ModelPath.manifest(of: model, models: pipeline.models).0
        let developer = try ProfileLibrary(directory: pipeline.profiles).developer(named: profile)
        let input = try FrameInput.file(frame, description: try raw.description())
        let pool = ComputePool(width: pipeline.configuration().threads)
        defer { pool.stop() }
        let tensor = try NetworkInput.make(input, for: manifest.input, developer: developer, pool: pool)
        try NPYFile.write(tensor, path: output)
    }
}
