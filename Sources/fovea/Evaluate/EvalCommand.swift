import ArgumentParser
import Evaluation
import StrictJSON

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Score results against a ground truth: COCO's twelve figures, or top-k accuracy.",
        discussion: """
            RESULTS is what `fovea process` wrote (JSON lines or COCO results); - is standard input.

            With COCO annotations, frames are found by file name and classes by category name. With a text file of lines \
            FILE<tab>CLASS the answers are taken for classifications. Mean average precision wants detections with low scores \
            too: process with --conf 0.001.
            """
    )

    @Argument(help: "Results of fovea process.")
    var results: String

    @Option(help: "COCO annotations (*.json), or lines FILE<tab>CLASS.")
    var groundTruth: String

    @Option(help: "How many of the best classes count, separated by commas.")
    var top: String = "1,5"

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if results == "-" && groundTruth == "-" { throw ValidationError("only one of the two can be standard input") }
        if ks.isEmpty || ks.contains(where: { $0 < 1 }) {
            throw ValidationError("--top is '\(top)', expected numbers from 1")
        }
    }

    private var ks: [Int] { top.split(separator: ",").map { Int($0) ?? 0 } }

    func run() throws {
        if groundTruth.lowercased().hasSuffix(".json") { try scoreDetections() } else { try scoreClassifications() }
    }

    private func scoreDetections() throws {
        let truth = try COCOGroundTruth(path: groundTruth)
        let found = try COCOResults(path: results, truth: truth)
        var evaluator = COCOEvaluator(truth)
        for detection in found.detections where !evaluator.add(detection) {
            throw EvaluationError.mismatch(detail: "the ground truth has no image \(detection.imageID)")
        }
        let silent = truth.images.count - found.images.count
        if silent > 0 {
            StandardError.print("fovea: results do not speak of \(silent) of \(truth.images.count) images")
        }
        if found.failures > 0 { StandardError.print("fovea: \(found.failures) inputs failed") }
        for (label, count) in found.unknownClasses.sorted(by: { $0.key < $1.key }) {
            StandardError.print("fovea: the ground truth has no class '\(label)' (\(count) detections)")
        }
        try show(
            evaluator.summary().figures,
            counts: [("images", truth.images.count), ("detections", found.detections.count)])
    }

    private func scoreClassifications() throws {
        let truth = try ClassificationTruth(path: groundTruth)
        let (scores, failures) = try truth.score(results, ks: ks)
        let pictures = scores.first?.pictures ?? 0
        if pictures < truth.count {
            StandardError.print("fovea: results do not speak of \(truth.count - pictures) of \(truth.count) pictures")
        }
        try show(
            scores.map { ("top-\($0.k)", $0.accuracy) }, counts: [("pictures", pictures), ("failures", failures)])
    }

    private func show(_ figures: [(name: String, value: Double)], counts: [(name: String, value: Int)]) throws {
        if json {
            var writer = JSONWriter(pretty: false)
            writer.object { writer in
                for (name, value) in counts {
                    writer.key(name)
                    writer.value(value)
                }
                for (name, value) in figures {
                    writer.key(name)
                    writer.value(value)
                }
            }
            return try StandardOutput.write(line: writer.bytes)
        }
        for (name, value) in counts { try StandardOutput.write(line: "\(Self.padded(name))\(value)") }
        for (name, value) in figures {
            let number = value < 0 ? "-" : "\((value * 1e4).rounded() / 1e4)"
            try StandardOutput.write(line: "\(Self.padded(name))\(number)")
        }
    }

    private static func padded(_ name: String) -> String {
        name + String(repeating: " ", count: max(1, 12 - name.count))
    }
}
