#if FOVEA_SERVER
import ArgumentParser
import Pipeline
import Sensor
import StrictJSON
import Tensors

struct EmulateVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Measure an emulated sensor as EMVA 1288 does, against its data sheet.",
        discussion: """
            Takes some 200 frames of even light and darkness and measures gain, noise, non-uniformity, defects and dark \
            current from their samples alone. Ends with 1 when a value is off by more than its tolerance.
            """
    )

    @OptionGroup var camera: EmulatedSensorOptions

    @Option(help: "Frames averaged for what stays the same from frame to frame.")
    var frames: Int = 64

    @Option(help: "Folder for report.json and the plots, SVG.")
    var output: String?

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        if !(2...4096).contains(frames) { throw ValidationError("--frames is \(frames), allowed are 2 to 4096") }
    }

    func run() throws {
        let pool = ComputePool()
        defer { pool.stop() }
        let sheet = try camera.sheet()
        let verification = try SensorVerification(
            dataSheet: sheet, mode: sheet.mode(camera.mode), serial: camera.serial, seed: camera.seed, frames: frames,
            parallelism: pool.parallelism)
        let report = try verification.json()
        if let output {
            try FileWriting.makeDirectory(output)
            try FileWriting.write(report, to: "\(output)/report.json")
            for plot in verification.plots {
                try FileWriting.write(Array(plot.svg.utf8), to: "\(output)/\(plot.name).svg")
            }
        }
        if json {
            try StandardOutput.write(line: report)
        } else {
            for line in verification.lines { try StandardOutput.write(line: line) }
        }
        if !verification.quantities.allSatisfy(\.holds) { throw ExitStatus.someInputsFailed }
    }
}
#endif
