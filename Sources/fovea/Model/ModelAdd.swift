import ArgumentParser
import Pipeline
import Tensors
import Vision

extension ModelManifest.Input.ColorOrder: ExpressibleByArgument {}
extension ModelManifest.Input.Fit: ExpressibleByArgument {}

struct ModelAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add an ONNX file to the folder of models: find out what its outputs mean and write model.json.",
        discussion: """
            Known heads: YOLOv3, v5, v8 and later, YOLOX, SSD, NanoDet, DETR, classification, segmentation, pose, CenterFace. How pictures are \
            prepared is taken from the family's authors; look at model.json and correct it where your network was trained \
            otherwise. The model is loaded once before it counts as added.
            """)

    @Argument(help: "The ONNX file.")
    var file: String

    @Option(help: "Name of the model; by default the file's.")
    var name: String?

    @Option(help: "Family of the head, where the outputs would be taken for another.")
    var family: String?

    @Option(help: "File with one label a line.")
    var labels: String?

    @Option(help: ArgumentHelp("Size of the input where the network leaves it open.", valueName: "width>x<height"))
    var inputSize: String?

    @Option(help: "Order of colours: RGB, BGR or gray.")
    var colorOrder: ModelManifest.Input.ColorOrder?

    @Option(help: "How pictures of another shape are placed: letterbox, topLeftLetterbox, stretch or centerCrop.")
    var fit: ModelManifest.Input.Fit?

    @Option(help: "Factor on samples of 0 to 255.")
    var scale: Double?

    @Option(help: "What is subtracted after that, one number a channel: 0.485,0.456,0.406")
    var mean: String?

    @Option(help: "What is divided by then, one number a channel.")
    var std: String?

    @Option(help: "SPDX identifier of the weights' licence.")
    var license: String?

    @Option(help: "Where the weights come from.")
    var source: String?

    @Option(help: "Folder of models; by default the one beside the program, or ./models.")
    var models: String?

    @Flag(help: "Replace a model of this name.")
    var replace = false

    @Flag(help: "Print model.json and add nothing.")
    var dryRun = false

    func run() throws {
        var options = ModelAddition.Options()
        options.name = name
        options.family = family
        options.labels = try labels.map { try Self.lines(of: $0) }
        options.size = try inputSize.map { try Self.size($0) }
        options.license = license
        options.source = source
        let (means, deviations) = (try Self.numbers(mean, "--mean"), try Self.numbers(std, "--std"))
        options.adjustInput = { [colorOrder, fit, scale] input in
            if let colorOrder { input.colorOrder = colorOrder }
            if let fit {
                input.fit = fit
                if fit != .centerCrop { input.cropFraction = 1 }
            }
            if let scale { input.scale = scale }
            if let means { input.mean = means }
            if let deviations { input.std = deviations }
        }
        let addition = try ModelAddition(file: file, options: options)
        if dryRun {
            try FileWriting.write(addition.manifest.json, to: "-")
            return
        }
        let folder = try addition.install(in: ModelLocation.find(explicit: models), replacing: replace)
        let manifest = addition.manifest
        try StandardOutput.write(
            line: "\(manifest.name)\t\(manifest.head.family)\t\(manifest.labels.count) classes\t\(folder)")
        StandardError.print("fovea: taken for \(manifest.head.family): \(addition.reason)")
    }

    private static func lines(of path: String) throws -> [String] {
        let reader = try LineReader(path: path)
        var lines: [String] = []
        while let line = try reader.next() {
            let text = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...], as: UTF8.self)
            if !text.isEmpty { lines.append(text) }
        }
        return lines
    }

    private static func size(_ text: String) throws -> (width: Int, height: Int) {
        let numbers = text.split(separator: "x").map { Int($0) }
        guard numbers.count == 2, let width = numbers[0], let height = numbers[1] else {
            throw PipelineError.badOption(name: "--input-size", detail: "'\(text)' is not WIDTHxHEIGHT")
        }
        return (width, height)
    }

    private static func numbers(_ text: String?, _ option: String) throws -> [Double]? {
        guard let text else { return nil }
        let numbers = text.split(separator: ",").compactMap { Double($0) }
        guard numbers.count == text.split(separator: ",").count, !numbers.isEmpty else {
            throw PipelineError.badOption(name: option, detail: "'\(text)' is not numbers with commas between")
        }
        return numbers
    }
}
