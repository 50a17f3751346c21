import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("reading results and ground truths")
struct ResultFileTests {
    private static let truth = COCOGroundTruth(
        images: [.init(id: 7, fileName: "a.jpg")], categories: [.init(id: 18, name: "dog")], annotations: [])

    private static func results(_ text: String) throws -> COCOResults {
        let folder = try TemporaryDirectory()
        try Data(text.utf8).write(to: URL(filePath: folder.path + "/r"))
        return try COCOResults(path: folder.path + "/r", truth: truth)
    }

    @Test("lines of fovea process find images by file name and categories by name")
    func lines() throws {
        let results = try Self.results(
            """
            {"frame":{"sha256":"0","source":"x/a.jpg"},"detections":[{"box":[1,2,4,8],"label":"dog","classID":0,"score":0.5},{"box":[0,0,1,1],"label":"yeti","classID":1,"score":0.5}]}
            {"error":"no","source":"x/a.jpg"}
            """)
        #expect(
            results.detections == [
                COCODetection(imageID: 7, categoryID: 18, box: COCOBox(x: 1, y: 2, width: 3, height: 6), score: 0.5)
            ])
        #expect(results.unknownClasses == ["yeti": 1])
        #expect(results.failures == 1 && results.images == [7])
    }

    @Test("COCO results are read whether on one line or many, with keys of others")
    func array() throws {
        let results = try Self.results(
            "[\n{\"image_id\":7,\"category_id\":18,\"bbox\":[1,2,3,6],\"score\":0.5,\"x\":null}\n]\n")
        #expect(results.detections.count == 1)
        #expect(try Self.results("[]").detections.isEmpty)
        #expect(try Self.results("").detections.isEmpty)
    }

    @Test(
        "what is wrong is named",
        arguments: [
            (#"[{"image_id":7,"category_id":18,"bbox":[1,2,3],"score":1}]"#, "bbox"),
            (#"[{"image_id":7,"category_id":18,"score":1}]"#, "bbox"), (#"[{"image_id":"#, "JSON"),
            (#"{"frame":{"sha256":"0","source":"b.jpg"}}"#, "b.jpg"),
            (
                #"{"frame":{"sha256":"0","source":"a.jpg"},"detections":[{"box":[1],"label":"dog","classID":0,"score":1}]}"#,
                "four"
            ),
            ("hello", "line 1"),
        ])
    func malformed(text: String, word: String) throws {
        let error = #expect(throws: EvaluationError.self) { try Self.results(text) }
        #expect("\(try #require(error))".contains(word))
    }

    @Test("classes are scored by label or index among the k best, failures as wrong")
    func topK() throws {
        let folder = try TemporaryDirectory()
        try Data("# picture, class\na.jpg\ttabby, tabby cat\nb.jpg,2\nc.jpg 0\n".utf8).write(
            to: URL(filePath: folder.path + "/truth.txt"))
        func answer(_ name: String, _ labels: [(String, Int)]) -> String {
            let classes = labels.map { #"{"label":"\#($0.0)","classID":\#($0.1),"score":0.1}"# }.joined(separator: ",")
            return #"{"frame":{"sha256":"0","source":"x/\#(name)"},"classifications":[\#(classes)]}"#
        }
        let lines = [
            answer("a.jpg", [("tabby, tabby cat", 5), ("lynx", 2)]), answer("b.jpg", [("x", 1), ("lynx", 2)]),
            #"{"error":"no","source":"x/c.jpg"}"#,
        ]
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: folder.path + "/r"))
        let truth = try ClassificationTruth(path: folder.path + "/truth.txt")
        let (scores, failures) = try truth.score(folder.path + "/r", ks: [1, 2])
        #expect(scores.map(\.hits) == [1, 2] && scores.map(\.pictures) == [3, 3] && failures == 1)
    }
}
