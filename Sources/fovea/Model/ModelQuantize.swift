import ArgumentParser
import Batch
import Foundation
import Pipeline
import Quantization
import Tensors
import Vision

extension RangeObserver: ExpressibleByArgument {}

struct ModelQuantize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Make an int8 network of a float one, calibrated on pictures and measured on others.",
        discussion: """
            Takes pictures like those the model will see, a few dozen; three quarters set the scales, every fourth measures how \
            far the int8 network's answers are the float network's. Products that cost most stay float until --agreement is \
            reached. The result is an ONNX file in QDQ form; docs/quantize.md tells what is done and how well it does.

            Exit status 1 when the agreement is not reached; the file is written nevertheless.
            """)

    @Argument(help: "Name of a model, or an ONNX file whose head is known (see fovea model add).")
    var model: ModelPath

    @Option(help: "Folder of pictures or frames, or a quoted pattern.")
    var calibrate: String

    @Option(help: "Folder of other pictures to measure the finished network on.")
    var test: String?

    @Option(
        name: .shortAndLong,
        help:
            "The int8 file; by default model.int8.onnx or NAME.int8.onnx beside the float one, where --precision int8 finds it."
    )
    var output: String?

    @Option(help: "How ranges of activations are chosen: minmax, percentile, mse or entropy.")
    var observer: RangeObserver = .mse

    @Option(
        help: "What part of the float network's answers the int8 network must give, 0 to 1; 0 leaves nothing in float.")
    var agreement: Double = 0.95

    @Option(help: "Pictures to calibrate with at most.")
    var maxPictures: Int = 24

    @Flag(inversion: .prefixedNo, help: "Even out weights between convolutions.")
    var equalize = true

    @Flag(
        help:
            "Take what quantisation adds to channels' means from the biases: better for classifiers, not for detectors."
    )
    var correctBias = false

    @Flag(help: "Print a table of all products: range, noise, sensitivity.")
    var explain = false

    @Option(name: .customLong("isp-profile"), help: "Name of an ISP profile, for raw frames.")
    var profile: String?

    @OptionGroup var pipeline: PipelineOptions

    func validate() throws {
        if !(0...1).contains(agreement) { throw ValidationError("--agreement is \(agreement), allowed are 0 to 1") }
        if !(1...10_000).contains(maxPictures) {
            throw ValidationError("--max-pictures is \(maxPictures), allowed are 1 to 10000")
        }
    }

    func run() throws {
        let file = try model.resolve(models: pipeline.models)
        let target = output ?? QuantizedFile.beside(file)
        let manifest =
            file == model.argument
            ? try ModelAddition(file: file, options: .init()).manifest
            : try ModelPath.manifest(of: model.argument, models: pipeline.models).0
        let pool = ComputePool(width: pipeline.configuration().threads)
        defer { pool.stop() }
        let quantization = try ModelQuantization(
            file: file, manifest: manifest,
            developer: ProfileLibrary(directory: pipeline.profiles).developer(named: profile),
            pool: pool, report: Self.show)
        let result = try quantization.run(
            try frames(), test: test.map { try Self.frames(in: $0, atMost: .max) } ?? [], settings: settings)
        try FileWriting.write(result.bytes, to: target)
        if output == nil, file != model.argument { try promise(result.bytes, manifest) }
        if explain { try QuantizationTable(result).write() }
        try summarize(result, target)
        if result.agreement.score < agreement { throw ExitStatus.someInputsFailed }
    }

    /// Writes the digest of a model's new int8 version into its `model.json`.
    private func promise(_ bytes: [UInt8], _ manifest: ModelManifest) throws {
        var manifest = manifest
        manifest.versions[manifest.versions.count - 1].int8 = SHA256.hex(of: bytes)
        let folder = try ModelLocation.find(explicit: pipeline.models)
        try FileWriting.write(manifest.json, to: "\(folder)/\(manifest.name)/model.json")
    }

    private var settings: ModelQuantization.Settings {
        var settings = ModelQuantization.Settings()
        settings.observer = observer
        settings.equalizes = equalize
        settings.correctsBiases = correctBias
        settings.agreement = agreement > 0 ? agreement : nil
        settings.maximumPictures = maxPictures
        settings.measuresSensitivity = explain
        return settings
    }

    private func frames() throws -> [FrameInput] {
        // Every fourth picture is held back.
        let frames = try Self.frames(in: calibrate, atMost: (maxPictures * 4 + 2) / 3)
        guard frames.count >= 4 else {
            throw PipelineError.badOption(
                name: "--calibrate", detail: "\(calibrate) has \(frames.count) pictures, the least is 4")
        }
        return frames
    }

    private static func frames(in folder: String, atMost most: Int) throws -> [FrameInput] {
        var frames: [FrameInput] = []
        for input in InputWalk(InputSelection(paths: [folder])) {
            if let failure = input.failure { throw failure }
            if frames.count < most { frames.append(try FrameInput.file(input.path)) }
        }
        return frames
    }

    private static func show(_ stage: ModelQuantization.Stage) {
        switch stage {
        case .pictures: StandardError.print("fovea: preparing pictures")
        case .ranges: StandardError.print("fovea: measuring ranges of activations")
        case .biases: StandardError.print("fovea: correcting biases")
        case .agreement: StandardError.print("fovea: comparing answers")
        case .sensitivity(let done, let count):
            if done == 1 || done == count || done % 20 == 0 {
                StandardError.print("fovea: sensitivity of products: \(done) of \(count)")
            }
        case .mixing(let floating): StandardError.print("fovea: \(floating) products in float")
        }
    }

    private func summarize(_ result: ModelQuantization.Result, _ target: String) throws {
        let floating = result.products.count { $0.isFloat }
        func write(_ name: String, _ text: String) throws {
            try StandardOutput.write(line: name.padding(toLength: 12, withPad: " ", startingAt: 0) + text)
        }
        try write("file", "\(target), \(result.bytes.count) bytes")
        try write("sha256", SHA256.hex(of: result.bytes))
        try write("calibrated", "on \(result.calibrationPictures) pictures, observer \(observer.rawValue)")
        try write("products", "\(result.products.count - floating) in int8, \(floating) in float")
        try write(
            "agreement",
            String(format: "%.4f on \(result.agreement.pictures) pictures held back", result.agreement.score))
        if floating > 0 { try write("all in int8", String(format: "%.4f", result.fullAgreement.score)) }
        let measured = result.testAgreement ?? result.agreement
        if result.testAgreement != nil {
            try write("test", String(format: "%.4f on \(measured.pictures) other pictures", measured.score))
        }
        if let precision50 = measured.precision50, let precision = measured.precision {
            try write(
                "detections", String(format: "mAP50 %.4f, mAP50-95 %.4f of \(measured.objects)", precision50, precision)
            )
        }
        if let same = measured.sameBestClass { try write("best class", "\(same) of \(measured.pictures) the same") }
        try write("outputs", String(format: "%.1f dB signal to noise", measured.signalToNoise))
    }
}

/// One line a product.
private struct QuantizationTable {
    private let result: ModelQuantization.Result

    init(_ result: ModelQuantization.Result) { self.result = result }

    func write() throws {
        try StandardOutput.write(line: "kind   sensitivity  noise dB  corrected     input range      weights  product")
        for product in result.products {
            let cells = [
                product.isFloat ? "float" : "int8 ",
                product.sensitivity.map { String(format: "%12.2e", $0) } ?? "           -",
                product.noise.map { String(format: "%9.1f  %9.1f", $0.before, $0.after) } ?? "        -          -",
                product.range.map { String(format: "%8.3f…%-8.3f", $0.low, $0.high) } ?? "                -",
                String(format: "%9d", product.weights), "\(product.op) \(product.name)",
            ]
            try StandardOutput.write(line: cells.joined(separator: "  "))
        }
    }
}
