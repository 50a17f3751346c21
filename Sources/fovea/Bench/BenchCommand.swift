import ArgumentParser

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure on this machine: one JSON line a case with least, median and 90th percentile.",
        subcommands: [BenchFrame.self, BenchISP.self, BenchModel.self, BenchWorker.self],
        defaultSubcommand: BenchFrame.self
    )
}
