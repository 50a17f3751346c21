import ArgumentParser
import CKernels
import Foundation
import Graph
import Inference
import Pipeline

struct ModelProfile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Show where a network's time goes, node by node.",
        discussion: """
            Prints for each node, in order or with --sort the slowest first, the median time of the runs, its share of the \
            sum, GFLOP/s, and the share of what the threads could do at most, as measured at the start. Integer nodes count \
            operations on 8 bits, against what the threads could do of those.
            """)

    @Argument(help: "Name of a model, or an ONNX file.")
    var model: ModelPath

    @Option(help: "Compute threads.")
    var threads: Int = 1

    @Option(help: "What products are computed in: fp32, bf16, or int8 (the int8 version of the network).")
    var precision: Precision = .fp32

    @Option(help: "Runs that the medians are taken over.")
    var runs: Int = 15

    @Flag(help: "The slowest nodes first.")
    var sort = false

    @Option(help: "Folder of models.")
    var models: String?

    func validate() throws {
        if !(1...256).contains(threads) { throw ValidationError("--threads is \(threads), allowed are 1 to 256") }
        if !(1...10_000).contains(runs) { throw ValidationError("--runs is \(runs), allowed are 1 to 10000") }
    }

    func run() throws {
        let pool = ComputePool(width: threads)
        defer { pool.stop() }
        let workload = try ModelWorkload(model, models: models, threads: threads, precision: precision)
        let peak = Self.peak { ck_f32_peak(400_000, &$0.real) } * Double(threads)
        let integerPeak = Self.peak { ck_u8_peak(400_000, &$0.whole) } * Double(threads)
        try workload.run(pool.parallelism)
        let profiles = try (0..<runs).map { _ in try workload.profile(pool.parallelism) }
        guard let nodes = profiles.first else { return }
        let times = nodes.indices.map { node in
            profiles.map { $0[node].duration / .milliseconds(1) }.sorted()[runs / 2]
        }
        let total = times.reduce(0, +)
        let flops = nodes.map { 2 * Double($0.multiplyAdds ?? 0) }
        // Milliseconds at the peak.
        let least = nodes.indices.map { flops[$0] / (nodes[$0].countsWholeNumbers ? integerPeak : peak) / 1e6 }
        try StandardOutput.write(line: "      ms  share  GFLOP/s   peak  node")
        let order = sort ? times.indices.sorted { times[$0] > times[$1] } : Array(times.indices)
        for node in order {
            let row = Self.row(times[node], of: total, flops[node], least[node])
            try StandardOutput.write(line: "\(row)  \(nodes[node].op) \(nodes[node].output)  \(nodes[node].node)")
        }
        let whole = Self.row(total, of: total, flops.reduce(0, +), least.reduce(0, +))
        try StandardOutput.write(line: "\(whole)  all")
        for op in Set(nodes.map(\.op)).sorted() {
            let members = nodes.indices.filter { nodes[$0].op == op }
            let time = members.reduce(0) { $0 + times[$1] }
            let row = Self.row(
                time, of: total, members.reduce(0) { $0 + flops[$1] }, members.reduce(0) { $0 + least[$1] })
            try StandardOutput.write(line: "\(row)  \(op), \(members.count) nodes")
        }
        let level = String(cString: ck_isa_name(ck_isa_level()))
        try StandardOutput.write(
            line: String(
                format: "peak %.1f GFLOP/s, of 8-bit integers %.1f GOP/s, on \(threads) threads, \(level)", peak,
                integerPeak))
    }

    private static func row(_ milliseconds: Double, of total: Double, _ flops: Double, _ least: Double) -> String {
        let time = String(format: "%8.3f %5.1f%%", milliseconds, 100 * milliseconds / max(total, 1e-9))
        guard flops > 0 else { return time + "                " }
        let rate = flops / max(milliseconds, 1e-9) / 1e6
        return time + String(format: " %8.1f %5.1f%%", rate, 100 * least / max(milliseconds, 1e-9))
    }

    /// Where a measurement of the peak leaves its results.
    private struct Sink {
        var real: Float = 0
        var whole: Int32 = 0
    }

    /// Billions of operations a second on one thread: the best of some tries.
    private static func peak(_ work: (inout Sink) -> Double) -> Double {
        var best = 0.0
        for _ in 0..<10 {
            var sink = Sink()
            let start = Measurement.milliseconds()
            let count = work(&sink)
            best = max(best, count / (Measurement.milliseconds() - start) / 1e6)
        }
        return best
    }
}
