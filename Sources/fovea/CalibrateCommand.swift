import ArgumentParser
import Batch
import Calibration
import Codecs
import ISP
import Imaging
import Pipeline
import Tensors

struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Make an ISP profile of a camera from dark, flat and ColorChecker frames.",
        discussion: """
            Dark frames (lens covered) give the black level and the read noise, flat frames (an evenly lit plane; two or more of \
            an exposure after each other) the gain map and, by photon transfer, the gain; a ColorChecker the colour matrix. Each \
            may be left out. Frames are raw: DNG, or raw bytes with a description.
            """
    )

    @Option(help: "Frame or folder of frames taken in the dark; may be given more than once.")
    var dark: [String] = []

    @Option(help: "Frame or folder of frames of an evenly lit plane; may be given more than once.")
    var flat: [String] = []

    @Option(help: "Frame of a ColorChecker Classic.")
    var chart: String?

    @Option(
        help: ArgumentHelp(
            "Middles of the patches dark skin, bluish green, black and white, in samples as stored.",
            valueName: "x,y,x,y,x,y,x,y"))
    var corners: String?

    @Option(help: ArgumentHelp("Points of the gain map.", valueName: "columns>x<rows"))
    var grid: String = "17x13"

    @Option(help: "Name of the profile.")
    var name: String

    @Option(name: .shortAndLong, help: "File for the profile; by default standard output.")
    var output: String = "-"

    @Option(help: "File for what was measured besides: noise, the chart's error.")
    var report: String?

    @OptionGroup(title: "Raw frames") var raw: RawOptions

    func validate() throws {
        if dark.isEmpty && flat.isEmpty && chart == nil { throw ValidationError("give --dark, --flat or --chart") }
        if (chart == nil) != (corners == nil) { throw ValidationError("--chart and --corners go together") }
        if let corners, Self.points(corners) == nil {
            throw ValidationError("--corners is '\(corners)', expected 8 numbers")
        }
        if Self.size(grid) == nil { throw ValidationError("--grid is '\(grid)', allowed are 2x2 to 64x64") }
    }

    func run() throws {
        let description = try raw.description()
        var calibration = SensorCalibration()
        for input in InputSelection(paths: dark).walk() {
            try calibration.addDark(frame(input, description))
        }
        for input in InputSelection(paths: flat).walk() {
            try calibration.addFlat(frame(input, description))
        }
        if let chart, let points = corners.flatMap(Self.points) {
            try calibration.setChart(frame(BatchInput(path: chart, name: chart), description), corners: points)
        }
        let outcome = try calibration.outcome(name: name, grid: Self.size(grid) ?? (17, 13))
        try FileWriting.write(Array((outcome.profile.canonicalJSON + "\n").utf8), to: output)
        if let report { try FileWriting.write(outcome.report, to: report) }
        show(outcome)
    }

    private func show(_ outcome: SensorCalibration.Outcome) {
        func text(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
        StandardError.print("black level  \(outcome.blackLevel.map(text).joined(separator: ", "))")
        if case .grid(let shading) = outcome.profile.lensShading {
            StandardError.print("gain map     up to \(text((shading.red + shading.green + shading.blue).max() ?? 1))")
        }
        if outcome.clippedFlats > 0 {
            StandardError.print("gain map     \(outcome.clippedFlats) flat frames are clipped and were left out")
        }
        if let noise = outcome.noise {
            StandardError.print(
                "noise        gain \(text(noise.gain)) sample values an electron, read noise \(text(noise.readNoise)) "
                    + "(\(text(noise.readNoiseElectrons)) electrons)")
        }
        if let problem = outcome.noiseProblem { StandardError.print("noise        not known: \(problem)") }
        if let chart = outcome.chart {
            StandardError.print(
                "colours      \(chart.patchCount) patches, error \(text(chart.error)) of full scale in linear sRGB")
        }
    }

    private func frame(_ item: BatchInput, _ description: RawDescription) throws -> RawFrame {
        if let failure = item.failure { throw failure }
        let input = try FrameInput.file(item.path, description: description)
        guard
            case .raw(let frame) = try ImageDecoder.decode(
                input.bytes, contentType: input.contentType, description: input.description)
        else { throw CodecError.argument(field: item.path, detail: "is a finished picture, not a raw frame") }
        return frame
    }

    private static func points(_ text: String) -> [SIMD2<Double>]? {
        let numbers = text.split(separator: ",").compactMap { Double($0) }
        guard numbers.count == 8, text.split(separator: ",").count == 8, numbers.allSatisfy(\.isFinite) else {
            return nil
        }
        return (0..<4).map { SIMD2(numbers[2 * $0], numbers[2 * $0 + 1]) }
    }

    private static func size(_ text: String) -> (columns: Int, rows: Int)? {
        let numbers = text.split(separator: "x").compactMap { Int($0) }
        guard numbers.count == 2, numbers.allSatisfy({ (2...64).contains($0) }) else { return nil }
        return (numbers[0], numbers[1])
    }
}
