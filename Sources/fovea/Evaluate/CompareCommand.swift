import ArgumentParser
import Evaluation
import StrictJSON

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Tell how two runs over the same inputs differ: boxes, classes, scores.",
        discussion: """
            Both files are JSON lines of `fovea process`. A line for each input that differs goes to standard output, the \
            totals to standard error, or with --json both as JSON objects to standard output.

            Exit status 1 when less than --least of the boxes of both runs have their like in the other, when inputs are in one \
            run only, failed in one only, or when best classes differ.
            """
    )

    @Argument(help: "JSON lines of the first run.")
    var first: String

    @Argument(help: "JSON lines of the second run.")
    var second: String

    @Option(help: "Overlap at which two boxes are the same thing, 0 to 1.")
    var iou: Double = 0.5

    @Option(help: "Scores that differ by no more count as equal.")
    var scoreTolerance: Double = 0.001

    @Option(help: "Least part of boxes that must have their like in the other run, 0 to 1.")
    var least: Double = 1

    @Flag(help: "Print JSON objects.")
    var json = false

    func validate() throws {
        for (name, value) in [("--iou", iou), ("--least", least)] where !(0...1).contains(value) {
            throw ValidationError("\(name) is \(value), allowed are 0 to 1")
        }
        if !(scoreTolerance >= 0) { throw ValidationError("--score-tolerance is \(scoreTolerance), the least is 0") }
        if first == "-" && second == "-" { throw ValidationError("only one run can be standard input") }
    }

    func run() throws {
        var comparison = RunComparison(overlap: iou, scoreTolerance: scoreTolerance)
        try comparison.compare(first, second) { difference in
            if json {
                var writer = JSONWriter(pretty: false)
                writer.object { writer in
                    writer.key("source")
                    writer.value(difference.source)
                    writer.key("differences")
                    writer.value(JSONValue.array(difference.details.map { .string($0) }))
                }
                try StandardOutput.write(line: writer.bytes)
            } else {
                try StandardOutput.write(
                    line: "\(difference.source): \(difference.details.joined(separator: "; "))")
            }
        }
        try show(comparison)
        let isSame =
            comparison.agreement >= least && comparison.onlyFirst + comparison.onlySecond == 0
            && comparison.failureChanges == 0 && comparison.sameBestClass == comparison.classified
        if !isSame { throw ExitStatus.someInputsFailed }
    }

    private func show(_ comparison: RunComparison) throws {
        if json {
            var writer = JSONWriter(pretty: false)
            writer.object { writer in
                for (key, value) in [
                    ("inputs", comparison.inputs), ("onlyFirst", comparison.onlyFirst),
                    ("onlySecond", comparison.onlySecond), ("failureChanges", comparison.failureChanges),
                    ("firstBoxes", comparison.firstBoxes), ("secondBoxes", comparison.secondBoxes),
                    ("matches", comparison.matches), ("classChanges", comparison.classChanges),
                    ("classified", comparison.classified), ("sameBestClass", comparison.sameBestClass),
                ] {
                    writer.key(key)
                    writer.value(value)
                }
                for (key, value) in [
                    ("agreement", comparison.agreement), ("meanOverlap", comparison.meanOverlap),
                    ("leastOverlap", comparison.leastOverlap),
                    ("greatestScoreChange", comparison.greatestScoreChange),
                ] {
                    writer.key(key)
                    writer.value(value)
                }
            }
            return try StandardOutput.write(line: writer.bytes)
        }
        func share(_ value: Double) -> String { "\((value * 1e5).rounded() / 1e3) %" }
        StandardError.print(
            "\(comparison.inputs) inputs, \(comparison.onlyFirst) only in the first run, \(comparison.onlySecond) only in "
                + "the second, \(comparison.failureChanges) failed in one only")
        if comparison.firstBoxes + comparison.secondBoxes > 0 {
            StandardError.print(
                "boxes: \(comparison.firstBoxes) and \(comparison.secondBoxes), \(comparison.matches) pairs at IoU >= \(iou), "
                    + "\(share(comparison.agreement)) agree, mean IoU \((comparison.meanOverlap * 1e4).rounded() / 1e4), "
                    + "\(comparison.classChanges) of another class")
        }
        if comparison.classified > 0 {
            StandardError.print("best classes: \(comparison.sameBestClass) of \(comparison.classified) are the same")
        }
        StandardError.print("greatest change of a score: \(comparison.greatestScoreChange)")
    }
}
