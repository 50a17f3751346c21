import ArgumentParser
import Inference
import Pipeline
import Tensors

struct BenchModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Runs of a network on constant inputs, in runs a second.")

    @Argument(help: "Names of models, or ONNX files.")
    var models: [ModelPath]

    @Option(help: "Compute threads.")
    var threads: Int = 1

    func validate() throws {
        if !(1...256).contains(threads) { throw ValidationError("--threads is \(threads), allowed are 1 to 256") }
    }

    func run() throws {
        let pool = ComputePool(width: threads)
        defer { pool.stop() }
        for model in models {
            let workload = try ModelWorkload(path: try model.resolve(models: nil), threads: threads)
            try Measurement.measure("model.\(model.argument)", threads: threads, work: 1, unit: "runs/s") {
                try workload.run(pool.parallelism)
            }.printLine()
        }
    }
}
