import ArgumentParser
import Graph
import Inference
import Pipeline
import Tensors

struct BenchModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Runs of a network on constant inputs, in runs a second, or with --load how long loading takes.")

    @Argument(help: "Names of models, or ONNX files.")
    var models: [ModelPath]

    @Option(help: "Compute threads.")
    var threads: Int = 1

    @Option(help: "What products are computed in: fp32, bf16, or int8 (the int8 version of the network).")
    var precision: Precision = .fp32

    @Flag(help: "Measure loading: mapped, hashed, rewritten, weights packed.")
    var load = false

    func validate() throws {
        if !(1...256).contains(threads) { throw ValidationError("--threads is \(threads), allowed are 1 to 256") }
    }

    func run() throws {
        let pool = ComputePool(width: threads)
        defer { pool.stop() }
        for model in models {
            if load {
                try measureLoading(of: model, pool)
                continue
            }
            let workload = try ModelWorkload(model, threads: threads, precision: precision)
            try Measurement.measure("model.\(model.argument)", threads: threads, work: 1, unit: "runs/s") {
                try workload.run(pool.parallelism)
            }.printLine()
        }
    }

    private func measureLoading(of model: ModelPath, _ pool: ComputePool) throws {
        var options = SessionOptions()
        options.precision = precision
        try Measurement.measure("load.\(model.argument)", threads: threads, work: 1, unit: "loads/s", runs: 9) {
            _ = try model.load(models: nil, options: options, parallelism: pool.parallelism)
        }.printLine()
    }
}
