import ArgumentParser
import Graph
import Inference
import Pipeline
import Tensors

struct ModelRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a network on NumPy arrays.",
        discussion: "Writes each output to OUTPUT-DIR/NAME.npy and prints its type.")

    @Argument(help: "Name of a model, or an ONNX file.")
    var model: ModelPath

    @Option(name: .long, help: ArgumentHelp("An input: NAME=FILE.npy. Repeat for each.", valueName: "name=file"))
    var input: [String] = []

    @Option(help: "Folder for the outputs.")
    var outputDir: String = "."

    @Option(help: "Folder of models.")
    var models: String?

    @Option(help: "Compute threads.")
    var threads: Int = 1

    @Option(help: "exact: the same bits on every machine; fast: whatever is fastest, within 1e-4.")
    var numerics: Numerics = .exact

    @Option(help: "What products are computed in: fp32, bf16, or int8 (the int8 version of the network).")
    var precision: Precision = .fp32

    @Flag(help: "Print the time each node took.")
    var profile = false

    func validate() throws {
        if !(1...256).contains(threads) { throw ValidationError("--threads is \(threads), allowed are 1 to 256") }
    }

    func run() throws {
        var options = SessionOptions()
        options.numerics = numerics
        options.precision = precision
        let session = try model.load(models: models, options: options).session
        var inputs: [String: Tensor] = [:]
        for item in input {
            guard let equals = item.firstIndex(of: "=") else {
                throw PipelineError.badOption(name: "--input", detail: "'\(item)' is not NAME=FILE.npy")
            }
            inputs[String(item[..<equals])] = try NPYFile.read(path: String(item[item.index(after: equals)...]))
        }
        let pool = ComputePool(width: threads)
        defer { pool.stop() }
        let types = inputs.mapValues { ValueType($0.dataType, shape: $0.shape) }
        let context = try session.makeContext(types, parallelism: threads)
        let outputs = try context.run(inputs, parallelism: pool.parallelism)
        try FileWriting.makeDirectory(outputDir)
        for (name, tensor) in outputs.sorted(by: { $0.key < $1.key }) {
            let file = name.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" }
            try NPYFile.write(tensor, path: "\(outputDir)/\(String(file)).npy")
            try StandardOutput.write(line: "\(name) \(tensor)")
        }
        if profile {
            for time in try context.profile(inputs, parallelism: pool.parallelism) {
                StandardError.print("\(time)")
            }
        }
    }
}

extension Numerics: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
