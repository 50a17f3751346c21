import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("COCO's figures")
struct COCOEvaluatorTests {
    private static let truth = COCOGroundTruth(
        images: [.init(id: 7, fileName: "a.jpg"), .init(id: 9, fileName: "b.jpg")],
        categories: [.init(id: 1, name: "dog"), .init(id: 3, name: "cat")],
        annotations: [
            .init(
                imageID: 7, categoryID: 1, box: COCOBox(x: 0, y: 0, width: 50, height: 50), area: 2500, isCrowd: false),
            .init(
                imageID: 9, categoryID: 1, box: COCOBox(x: 10, y: 10, width: 20, height: 20), area: 400, isCrowd: false),
        ])

    private static func summary(
        _ detections: [(image: Int, category: Int, box: COCOBox, score: Double)], truth: COCOGroundTruth = truth
    ) -> COCOSummary {
        var evaluator = COCOEvaluator(truth)
        for detection in detections {
            let isKnown = evaluator.add(
                COCODetection(
                    imageID: detection.image, categoryID: detection.category, box: detection.box,
                    score: detection.score))
            #expect(isKnown)
        }
        return evaluator.summary()
    }

    @Test("perfect answers score 1; a class without objects and an empty size range score nothing")
    func perfect() {
        let summary = Self.summary(Self.truth.annotations.map { ($0.imageID, $0.categoryID, $0.box, 0.5) })
        for figure in [summary.ap, summary.ap50, summary.apSmall, summary.apMedium, summary.ar100] {
            #expect(abs(figure - 1) < 1e-12)
        }
        #expect(summary.apLarge == -1 && summary.arLarge == -1)
    }

    @Test("no answers score 0")
    func silent() {
        let summary = Self.summary([])
        #expect(summary.ap == 0 && summary.ar100 == 0)
    }

    @Test("a crowd neither costs nor earns anything")
    func crowd() {
        var truth = Self.truth
        truth.annotations.append(
            .init(
                imageID: 7, categoryID: 1, box: COCOBox(x: 100, y: 0, width: 100, height: 100), area: 10_000,
                isCrowd: true))
        let inCrowd = (0..<5).map { (7, 1, COCOBox(x: 100 + 10 * Double($0), y: 5, width: 20, height: 20), 0.9) }
        let found = truth.annotations.prefix(2).map { ($0.imageID, $0.categoryID, $0.box, 0.5) }
        #expect(abs(Self.summary(inCrowd + found, truth: truth).ap - 1) < 1e-12)
    }

    @Test("an image that the ground truth does not have is refused, an unknown category passed over")
    func unknown() {
        var evaluator = COCOEvaluator(Self.truth)
        let box = COCOBox(x: 0, y: 0, width: 1, height: 1)
        let isImageKnown = evaluator.add(COCODetection(imageID: 8, categoryID: 1, box: box, score: 1))
        let isPassedOver = evaluator.add(COCODetection(imageID: 7, categoryID: 2, box: box, score: 1))
        #expect(!isImageKnown && isPassedOver)
        #expect(evaluator.summary().ap == 0)
    }

    @Test("agrees with pycocotools on a set with crowds, all sizes and equal scores")
    func golden() throws {
        let folder = Repository.root + "/Tests/EvaluationTests/Fixtures"
        let truth = try COCOGroundTruth(path: folder + "/truth.json")
        let results = try COCOResults(path: folder + "/results.json", truth: truth)
        var evaluator = COCOEvaluator(truth)
        for detection in results.detections {
            let isKnown = evaluator.add(detection)
            #expect(isKnown)
        }
        let expected =
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(filePath: folder + "/expected.json"))) as? [Double]
        let found = evaluator.summary().figures.map(\.value)
        for (value, wanted) in zip(found, try #require(expected)) { #expect(abs(value - wanted) < 1e-9) }
        #expect(expected?.count == 12)
    }
}
