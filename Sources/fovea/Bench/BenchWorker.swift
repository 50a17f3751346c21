import ArgumentParser
import Glibc
import Graph
import Pipeline

struct BenchWorker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run a network on demand, for measuring side by side with other engines.",
        discussion: """
            Prints "ready"; for each line "run SECONDS MIN MAX" on standard input runs for that long, at least MIN and at most \
            MAX times, and prints {"wall":[ms,…],"cpu":[ms,…]}; ends at "quit".
            """)

    @Argument(help: "Name of a model, or an ONNX file.")
    var model: ModelPath

    @Argument(help: "Compute threads.")
    var threads: Int

    @Argument(help: "fp32, bf16, or int8: NAME.int8.onnx beside NAME.onnx.")
    var precision: Precision = .fp32

    func validate() throws {
        if !(1...256).contains(threads) { throw ValidationError("THREADS is \(threads), allowed are 1 to 256") }
    }

    func run() throws {
        let pool = ComputePool(width: threads)
        defer { pool.stop() }
        let workload = try ModelWorkload(model, threads: threads, precision: precision)
        try workload.run(pool.parallelism)
        try StandardOutput.write(line: "ready")
        while let line = readLine() {
            let fields = line.split(separator: " ")
            if fields.first == "quit" { return }
            guard fields.count == 4, fields[0] == "run", let seconds = Double(fields[1]), let least = Int(fields[2]),
                let most = Int(fields[3])
            else { throw PipelineError.badOption(name: "worker", detail: "'\(line)' is not run SECONDS MIN MAX") }
            var wall: [Double] = []
            var cpu: [Double] = []
            let start = Measurement.milliseconds()
            while wall.count < most && (wall.count < least || Measurement.milliseconds() - start < 1000 * seconds) {
                let before = (Measurement.milliseconds(), Measurement.milliseconds(of: CLOCK_PROCESS_CPUTIME_ID))
                try workload.run(pool.parallelism)
                wall.append(Measurement.milliseconds() - before.0)
                cpu.append(Measurement.milliseconds(of: CLOCK_PROCESS_CPUTIME_ID) - before.1)
            }
            try StandardOutput.write(line: "{\"wall\":\(wall),\"cpu\":\(cpu)}")
        }
    }
}
