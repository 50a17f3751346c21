import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("comparing runs")
struct RunComparisonTests {
    private static func line(_ source: String, _ boxes: [(String, [Double], Double)]) -> String {
        let detections = boxes.map {
            #"{"box":\#($0.1),"normalizedBox":[0,0,1,1],"label":"\#($0.0)","classID":1,"score":\#($0.2)}"#
        }
        return
            #"{"schema":"fovea.result/1","frame":{"sha256":"0","source":"\#(source)"},"detections":[\#(detections.joined(separator: ","))]}"#
    }

    private static func compare(
        _ first: [String], _ second: [String], overlap: Double = 0.5
    ) throws -> (RunComparison, [RunComparison.Difference]) {
        let folder = try TemporaryDirectory()
        for (name, lines) in [("a", first), ("b", second)] {
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: folder.path + "/" + name))
        }
        var comparison = RunComparison(overlap: overlap, scoreTolerance: 0.01)
        var differences: [RunComparison.Difference] = []
        try comparison.compare(folder.path + "/a", folder.path + "/b") { differences.append($0) }
        return (comparison, differences)
    }

    @Test("a run agrees with itself")
    func same() throws {
        let lines = [Self.line("x.jpg", [("dog", [0, 0, 10, 10], 0.9)]), #"{"error":"bad","source":"y.jpg"}"#]
        let (comparison, differences) = try Self.compare(lines, lines)
        #expect(differences.isEmpty)
        #expect(comparison.agreement == 1 && comparison.matches == 1 && comparison.inputs == 2)
    }

    @Test("tells moved, renamed, missing and new boxes, changed scores, and failures")
    func differences() throws {
        let first = [
            Self.line(
                "a", [("dog", [0, 0, 10, 10], 0.9), ("cat", [20, 20, 30, 30], 0.8), ("cow", [50, 50, 60, 60], 0.5)]),
            Self.line("b", []), #"{"error":"bad","source":"c"}"#,
        ]
        let second = [
            Self.line(
                "a", [("dog", [0, 0, 10, 9], 0.5), ("lynx", [20, 20, 30, 30], 0.8), ("hen", [90, 90, 99, 99], 0.4)]),
            Self.line("c", []), Self.line("d", []),
        ]
        let (comparison, differences) = try Self.compare(first, second)
        #expect(comparison.matches == 1 && comparison.classChanges == 1)
        #expect(abs(comparison.meanOverlap - 0.9) < 1e-12)
        #expect(comparison.failureChanges == 1 && comparison.onlyFirst == 1 && comparison.onlySecond == 1)
        #expect(differences.map(\.source) == ["a", "c", "d", "b"])
        #expect(differences[0].details.count == 4)
        #expect(abs(comparison.agreement - 2.0 / 6) < 1e-12)
    }

    @Test("of two boxes that overlap one, the one of its class is its like")
    func crossing() throws {
        let (comparison, _) = try Self.compare(
            [Self.line("a", [("dog", [0, 0, 10, 10], 0.9)])],
            [Self.line("a", [("cat", [0, 0, 10, 10], 0.9), ("dog", [0, 0, 10, 8], 0.9)])])
        #expect(comparison.matches == 1 && comparison.classChanges == 0)
    }

    @Test("names the line that is no result")
    func malformed() throws {
        let error = #expect(throws: EvaluationError.self) { try Self.compare(["{}"], []) }
        #expect("\(try #require(error))".contains("line 1"))
    }
}
