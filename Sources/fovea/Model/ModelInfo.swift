import ArgumentParser
import Graph
import Inference
import Pipeline

struct ModelInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show a network's inputs, outputs, hash and, with --graph, how it runs.")

    @Argument(help: "Name of a model, or an ONNX file.")
    var model: ModelPath

    @Flag(help: "List the nodes as they run, after fusion, with the memory plan.")
    var graph = false

    @Option(help: "What products are computed in: fp32, bf16, or int8 (the int8 version of the network).")
    var precision: Precision = .fp32

    @Option(help: "Folder of models.")
    var models: String?

    func run() throws {
        var options = SessionOptions()
        options.precision = precision
        let (session, path) = try model.load(models: models, options: options)
        var lines = [
            "file      \(path)", "sha256    \(session.sha256)", "opset     \(session.opset)",
            "producer  \(session.producer)", "numerics  \(session.numerics), \(session.precision)",
        ]
        lines += session.inputs.map { "input     \($0.name) \($0.type)" }
        lines += session.outputs.map { "output    \($0.name) \($0.type)" }
        lines += session.metadata.sorted { $0.key < $1.key }.map { "metadata  \($0.key) = \($0.value)" }
        for line in lines { try StandardOutput.write(line: line) }
        if graph { try StandardOutput.write(line: session.describe()) }
    }
}
