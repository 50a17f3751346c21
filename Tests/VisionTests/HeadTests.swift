import Imaging
import Tensors
import TestSupport
import Testing
import Vision

#if canImport(Glibc)
import Glibc
#endif

@Suite("reading network outputs")
struct HeadTests {
    static func manifest(_ head: ModelManifest.Head, side: Int = 64) throws -> ModelManifest {
        var manifest = try ModelManifest(json: Array(yoloxManifest.utf8))
        manifest.head = head
        manifest.input = input(width: side, height: side)
        return manifest
    }

    static let all = DecodingOptions(confidence: 0.25, iou: 0.45, maximumDetections: 100)

    static let twoScales = ModelManifest.Head.yolov3(
        .init(
            classes: 3,
            scales: [
                .init(output: "coarse", stride: 32, anchors: [[40, 50], [60, 30]]),
                .init(output: "fine", stride: 16, anchors: [[10, 12]]),
            ]))

    /// Raw heads of `twoScales` in which nothing is present.
    static func emptyHeads() -> (coarse: [Float], fine: [Float]) {
        ([Float](repeating: -20, count: 2 * 8 * 4), [Float](repeating: -20, count: 8 * 16))
    }

    static func detections(_ predictions: Predictions) -> [Detection] {
        if case .detections(let found) = predictions { found } else { [] }
    }

    static func decode(
        _ coarse: [Float], _ fine: [Float], options: DecodingOptions = all, size: (Int, Int) = (64, 64)
    ) throws -> [Detection] {
        let manifest = try manifest(twoScales)
        let geometry = InputGeometry(input: manifest.input, pictureWidth: size.0, pictureHeight: size.1)
        let outputs = [
            "coarse": Tensor(coarse, shape: [1, 16, 2, 2]), "fine": Tensor(fine, shape: [1, 8, 4, 4]),
        ]
        return detections(
            try HeadDecoder(manifest).decode(outputs, geometry: geometry, options: options))
    }

    @Test("YOLOv3: finds a box by its cell, anchor and scale")
    func yolov3() throws {
        var (coarse, fine) = Self.emptyHeads()
        // Second anchor of the coarse scale, row 1, column 0: box terms, objectness, classes.
        let terms: [Float] = [0, 1, -0.5, -1, 3, -4, 2, 1]
        for (index, term) in terms.enumerated() { coarse[(8 + index) * 4 + 2] = term }
        for (index, term) in [0, 0, 0, 0, 2, 2, -9, -9].enumerated() { fine[index * 16 + 4 * 2 + 3] = Float(term) }
        let found = try Self.decode(coarse, fine)
        try #require(found.count == 2)
        func s(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
        #expect(found[0].classID == 1)
        #expect(abs(Double(found[0].score) - s(3) * s(2)) < 1e-6)
        let (x, y) = ((0.5 + 0) * 32, (s(1) + 1) * 32)
        let (w, h) = (60 * exp(-0.5), 30 * exp(-1.0))
        // The box reaches past the left edge and is cut there.
        #expect(found[0].rect.x0 == 0)
        #expect(abs(Double(found[0].rect.x1) - (x + w / 2)) < 1e-4)
        #expect(abs(Double(found[0].rect.y0) - (y - h / 2)) < 1e-4)
        #expect(abs(Double(found[0].rect.y1) - (y + h / 2)) < 1e-4)
        #expect(found[1].classID == 0)
        #expect(found[1].rect == Rect(x0: 51, y0: 34, x1: 61, y1: 46))
    }

    @Test("maps boxes from the letterbox to the picture")
    func letterboxed() throws {
        var (coarse, fine) = Self.emptyHeads()
        for (index, term) in [0, 0, 0, 0, 9, 9, -9, -9].enumerated() { fine[index * 16 + 4 * 2 + 3] = Float(term) }
        coarse[0] = -20
        // 128 × 64 lies at half size in rows 16..<48.
        let found = try Self.decode(coarse, fine, size: (128, 64))
        #expect(found.map(\.rect) == [Rect(x0: 102, y0: 36, x1: 122, y1: 60)])
    }

    @Test(
        "drops numbers that are not finite, and boxes beyond the picture",
        arguments: [Float.nan, .infinity, -.infinity])
    func notFinite(value: Float) throws {
        for term in 0..<8 {
            var (coarse, fine) = Self.emptyHeads()
            for (index, term) in [0, 0, 0, 0, 9, 9, -9, -9].enumerated() { fine[index * 16] = Float(term) }
            fine[term * 16] = value
            coarse[1] = value
            for detection in try Self.decode(coarse, fine) {
                #expect(detection.score.isFinite && detection.score <= 1)
                let rect = detection.rect
                #expect(rect.x0 >= 0 && rect.y0 >= 0 && rect.x1 <= 64 && rect.y1 <= 64 && rect.area > 0)
            }
        }
        let (coarse, fine) = Self.emptyHeads()
        #expect(try Self.decode(coarse.map { _ in value }, fine).isEmpty)
        let options = DecodingOptions(confidence: 0, iou: 1, maximumDetections: 1000)
        #expect(try Self.decode(coarse.map { _ in value }, fine.map { _ in value }, options: options).isEmpty)
    }

    @Test("random outputs never give a box outside the picture or an unordered list")
    func randomHeads() throws {
        var random = SplitMix64(seed: 3)
        for _ in 0..<200 {
            let coarse = (0..<64).map { _ in Float.random(in: -6...6, using: &random) }
            let fine = (0..<128).map { _ in Float.random(in: -60...60, using: &random) }
            let found = try Self.decode(
                coarse, fine, options: DecodingOptions(confidence: 0.05, iou: 0.5, maximumDetections: 9), size: (31, 77)
            )
            #expect(found.count <= 9)
            #expect(zip(found, found.dropFirst()).allSatisfy { $0.score >= $1.score })
            for detection in found {
                let rect = detection.rect
                #expect(rect.x0 >= 0 && rect.y0 >= 0 && rect.x1 <= 31 && rect.y1 <= 77 && rect.area > 0)
                #expect(detection.score >= 0.05 && detection.score <= 1)
            }
        }
    }

    @Test("keeps only the classes asked for, chosen before")
    func classFilter() throws {
        var (coarse, fine) = Self.emptyHeads()
        for (index, term) in [0, 0, 0, 0, 9, 3, 4, -9].enumerated() { fine[index * 16] = Float(term) }
        coarse[0] = -20
        var options = Self.all
        options.classes = [1]
        #expect(try Self.decode(coarse, fine, options: options).map(\.classID) == [1])
        options.classes = [0]
        #expect(try Self.decode(coarse, fine, options: options).isEmpty)
    }

    @Test("YOLOX: finds boxes on every stride")
    func yolox() throws {
        let head = ModelManifest.Head.yolox(.init(classes: 2, strides: [8, 16], output: "o"))
        let manifest = try Self.manifest(head, side: 32)
        var values = [Float](repeating: 0, count: 20 * 7)
        // Stride 8, row 1, column 2; stride 16, row 0, column 1.
        values.replaceSubrange((1 * 4 + 2) * 7..<(1 * 4 + 3) * 7, with: [0.5, 0.25, 0, 0, 0.9, 0.1, 0.8])
        values.replaceSubrange(17 * 7..<18 * 7, with: [-0.5, 0.5, -1, 0, 0.6, 0.7, 0.1])
        let geometry = InputGeometry(input: manifest.input, pictureWidth: 32, pictureHeight: 32)
        let found = Self.detections(
            try HeadDecoder(manifest).decode(
                ["o": Tensor(values, shape: [1, 20, 7])], geometry: geometry, options: Self.all))
        try #require(found.count == 2)
        #expect(found[0] == Detection(rect: Rect(x0: 16, y0: 6, x1: 24, y1: 14), classID: 1, score: found[0].score))
        #expect(abs(found[0].score - 0.72) < 1e-6)
        #expect(found[1].classID == 0)
        #expect(abs(found[1].score - 0.42) < 1e-6)
        #expect(abs(found[1].rect.width - 16 * Float(exp(-1.0))) < 1e-5)
        #expect(found[1].rect.y0 == 0 && found[1].rect.y1 == 16)
    }

    @Test("classification: softmax, best first, equal scores in the order of classes")
    func classification() throws {
        let manifest = try Self.manifest(.classification(.init(classes: 5, output: "logits", activation: .softmax)))
        let tensor = Tensor([9, 9, 9, 9, 9, 1, 3, .nan, 3, 0] as [Float], shape: [2, 5])
        let geometry = InputGeometry(input: manifest.input, pictureWidth: 8, pictureHeight: 8)
        let options = DecodingOptions(confidence: 0, iou: 1, maximumDetections: 3)
        let answer = try HeadDecoder(manifest).decode(["logits": tensor], item: 1, geometry: geometry, options: options)
        guard case .classifications(let found) = answer else {
            Issue.record("not a classification")
            return
        }
        let total = exp(-2.0) + 2 + exp(-3.0)
        #expect(found.map(\.classID) == [1, 3, 0])
        #expect(found.map(\.score) == [Float(1 / total), Float(1 / total), Float(exp(-2.0) / total)])
    }

    @Test("says which output is missing or differs, and what was expected")
    func mismatches() throws {
        let manifest = try Self.manifest(.classification(.init(classes: 5, output: "logits", activation: .none)))
        let decoder = HeadDecoder(manifest)
        let geometry = InputGeometry(input: manifest.input, pictureWidth: 8, pictureHeight: 8)
        #expect(throws: VisionError.missingOutput(name: "logits", found: ["a", "b"])) {
            let tensor = Tensor(dataType: .float32, shape: [1, 5])
            _ = try decoder.decode(["b": tensor, "a": tensor], geometry: geometry, options: Self.all)
        }
        for (tensor, found) in [
            (Tensor(dataType: .float32, shape: [1, 6]), "float32[1,6]"),
            (Tensor(dataType: .int32, shape: [1, 5]), "int32[1,5]"),
            (Tensor(dataType: .float32, shape: [5]), "float32[5]"),
            (Tensor(dataType: .float32, shape: [0, 5]), "float32[0,5]"),
        ] {
            #expect(throws: VisionError.outputMismatch(name: "logits", expected: "float32[N,5]", found: found)) {
                _ = try decoder.decode(["logits": tensor], geometry: geometry, options: Self.all)
            }
        }
    }

    @Test("the shipped detector's heads have the shapes of the network")
    func shippedShapes() throws {
        let decoder = try HeadDecoder(shippedManifest("yolov3-tiny"))
        #expect(
            decoder.expectedOutputs == [
                .init(name: "coarse", dimensions: [255, 13, 13]), .init(name: "fine", dimensions: [255, 26, 26]),
            ])
    }

    @Test("the exponential is within 1e-15 of the library's, and saturates")
    func exponentials() {
        var random = SplitMix64(seed: 9)
        for _ in 0..<20_000 {
            let x = Double.random(in: -700...700, using: &random)
            #expect(abs(exponential(x) / exp(x) - 1) < 1e-15)
        }
        #expect(exponential(0) == 1)
        #expect(exponential(.infinity) == .infinity && exponential(1000) == .infinity)
        #expect(exponential(-.infinity) == 0 && exponential(-1000) == 0)
        #expect(exponential(.nan).isNaN)
    }
}

@Suite("non-maximum suppression")
struct SuppressionTests {
    static func random(_ count: Int, seed: UInt64) -> [Detection] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in
            let (x, y) = (Float.random(in: 0...60, using: &random), Float.random(in: 0...60, using: &random))
            return Detection(
                rect: Rect(
                    x0: x, y0: y, x1: x + Float.random(in: 1...30, using: &random),
                    y1: y + Float.random(in: 1...30, using: &random)),
                classID: Int.random(in: 0...2, using: &random),
                // Few levels, so that equal scores occur.
                score: Float(Int.random(in: 0...20, using: &random)) / 20)
        }
    }

    @Test(
        "kept boxes of a class do not overlap more than allowed; every dropped one overlaps a better one",
        arguments: 1...20)
    func definition(seed: Int) {
        let candidates = Self.random(80, seed: UInt64(seed))
        let kept = suppressed(candidates, iou: 0.4, limit: 1000)
        #expect(zip(kept, kept.dropFirst()).allSatisfy { $0.score >= $1.score })
        for (index, a) in kept.enumerated() {
            for b in kept[(index + 1)...] where a.classID == b.classID {
                #expect(a.rect.intersectionOverUnion(b.rect) <= 0.4)
            }
        }
        for dropped in candidates where !kept.contains(dropped) {
            #expect(
                kept.contains {
                    $0.classID == dropped.classID && $0.score >= dropped.score
                        && $0.rect.intersectionOverUnion(dropped.rect) > 0.4
                })
        }
        #expect(suppressed(kept, iou: 0.4, limit: 1000) == kept, "applying it again changes nothing")
        #expect(suppressed(candidates, iou: 0.4, limit: 5) == Array(kept.prefix(5)))
    }

    @Test("keeps equal boxes of different classes, and of equal ones of a class the first")
    func classwise() {
        let rect = Rect(x0: 0, y0: 0, x1: 10, y1: 10)
        let boxes = [
            Detection(rect: rect, classID: 0, score: 0.5), Detection(rect: rect, classID: 1, score: 0.5),
            Detection(rect: Rect(x0: 0, y0: 0, x1: 10, y1: 9), classID: 0, score: 0.5),
        ]
        #expect(suppressed(boxes, iou: 0.5, limit: 10) == Array(boxes.prefix(2)))
        #expect(suppressed(boxes, iou: 1, limit: 10) == boxes)
        #expect(suppressed([], iou: 0.5, limit: 10).isEmpty)
    }

    @Test("bounds its work by the best candidates")
    func bounded() {
        let many = Self.random(candidateLimit + 500, seed: 4)
        let kept = suppressed(many, iou: 1, limit: many.count)
        #expect(kept.count == candidateLimit)
    }
}
