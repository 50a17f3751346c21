import Imaging
import Tensors
import TestSupport
import Testing
import Vision

#if canImport(Glibc)
import Glibc
#endif

/// Each family against a reference that follows its paper or export in the plainest way, in float64.
@Suite("reading the outputs of each family")
struct FamilyTests {
    private static let options = DecodingOptions(confidence: 0.3, iou: 0.5, maximumDetections: 1000)
    private static let side = 64

    private static func random(_ count: Int, _ range: ClosedRange<Float>, _ random: inout SplitMix64) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &random) }
    }

    private struct Box {
        var center: (x: Double, y: Double)
        var size: (width: Double, height: Double)
        var classID: Int
        var score: Double

        init(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ classID: Int, _ score: Double) {
            center = (x, y)
            size = (width, height)
            self.classID = classID
            self.score = score
        }

        var corners: [Double] {
            [
                center.x - size.width / 2, center.y - size.height / 2, center.x + size.width / 2,
                center.y + size.height / 2,
            ]
        }

        /// Cut to a picture of `side` pixels.
        func cut(_ side: Double) -> [Double] { corners.map { min(side, max(0, $0)) } }
    }

    private static func overlap(_ a: [Double], _ b: [Double]) -> Double {
        let shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
        let area = { (r: [Double]) in (r[2] - r[0]) * (r[3] - r[1]) }
        return shared > 0 ? shared / (area(a) + area(b) - shared) : 0
    }

    /// Thresholds, cuts and suppresses the plain way; boxes are compared before they are cut.
    private static func expected(_ boxes: [Box], suppressing: Bool = true) -> [(
        box: [Double], classID: Int, score: Double
    )] {
        let candidates = boxes.filter { box in
            let corners = box.cut(Double(side))
            return box.score >= 0.3 && corners[2] > corners[0] && corners[3] > corners[1]
        }
        var kept: [Box] = []
        for box in candidates.enumerated().sorted(by: {
            ($0.element.score, -$0.offset) > ($1.element.score, -$1.offset)
        }).map(\.element) {
            let isCovered = kept.contains {
                $0.classID == box.classID && overlap($0.corners, box.corners) > 0.5
            }
            if !isCovered || !suppressing { kept.append(box) }
        }
        return kept.map { ($0.cut(Double(side)), $0.classID, $0.score) }
    }

    private static func check(
        _ head: ModelManifest.Head, _ outputs: [String: Tensor], _ boxes: [Box], suppressing: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var manifest = try HeadTests.manifest(head, side: side)
        manifest.input.fit = .stretch
        let geometry = InputGeometry(input: manifest.input, pictureWidth: side, pictureHeight: side)
        let answer = try HeadDecoder(manifest).decode(outputs, geometry: geometry, options: options)
        let found = HeadTests.detections(answer)
        let wanted = expected(boxes, suppressing: suppressing)
        #expect(found.count == wanted.count, sourceLocation: sourceLocation)
        #expect(wanted.count > 3, "the case shows little", sourceLocation: sourceLocation)
        for (detection, (box, classID, score)) in zip(found, wanted) {
            #expect(detection.classID == classID, sourceLocation: sourceLocation)
            #expect(abs(Double(detection.score) - score) < 1e-5, sourceLocation: sourceLocation)
            let rect = [detection.rect.x0, detection.rect.y0, detection.rect.x1, detection.rect.y1]
            for (a, b) in zip(rect, box) { #expect(abs(Double(a) - b) < 1e-3, sourceLocation: sourceLocation) }
        }
    }

    private static func best(_ scores: some Sequence<Float>) -> (Int, Double) {
        let best = scores.enumerated().max { ($0.element, -$0.offset) < ($1.element, -$1.offset) }
        return (best?.offset ?? 0, Double(best?.element ?? 0))
    }

    @Test("YOLOv5: objectness times class, boxes by centre and size", arguments: 0..<5)
    func yolov5(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var values: [Float] = []
        var boxes: [Box] = []
        for _ in 0..<60 {
            let row =
                Self.random(2, -5...70, &generator) + Self.random(2, 2...40, &generator)
                + Self.random(4, 0...1, &generator)
            let (classID, score) = Self.best(row[5...])
            boxes.append(
                Box(Double(row[0]), Double(row[1]), Double(row[2]), Double(row[3]), classID, Double(row[4]) * score))
            values += row
        }
        try Self.check(.yolov5(classes: 3, output: "o"), ["o": Tensor(values, shape: [1, 60, 8])], boxes)
    }

    @Test("YOLOv8: the best class alone, columns for boxes", arguments: 0..<5)
    func yolov8(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let count = 50
        var values = [Float](repeating: 0, count: 7 * count)
        var boxes: [Box] = []
        for index in 0..<count {
            let column =
                Self.random(2, -5...70, &generator) + Self.random(2, 2...40, &generator)
                + Self.random(3, 0...1, &generator)
            for (term, value) in column.enumerated() { values[term * count + index] = value }
            let (classID, score) = Self.best(column[4...])
            boxes.append(
                Box(Double(column[0]), Double(column[1]), Double(column[2]), Double(column[3]), classID, score))
        }
        try Self.check(.yolov8(classes: 3, output: "o"), ["o": Tensor(values, shape: [1, 7, count])], boxes)
    }

    @Test("SSD: the best class besides the background", arguments: [(0, true), (2, false)])
    func ssd(background: Int, isNormalized: Bool) throws {
        var generator = SplitMix64(seed: 9)
        var (corners, scores): ([Float], [Float]) = ([], [])
        var boxes: [Box] = []
        let scale: Float = isNormalized ? 64 : 1
        for _ in 0..<40 {
            let start = Self.random(2, -5...60, &generator)
            let size = Self.random(2, 2...30, &generator)
            corners += [start[0] / scale, start[1] / scale, (start[0] + size[0]) / scale, (start[1] + size[1]) / scale]
            let row = Self.random(3, 0...1, &generator)
            scores += row
            let (classID, score) = Self.best(row.enumerated().map { $0.offset == background ? -1 : $0.element })
            boxes.append(
                Box(
                    Double(start[0] + size[0] / 2), Double(start[1] + size[1] / 2), Double(size[0]), Double(size[1]),
                    classID, score))
        }
        try Self.check(
            .ssd(
                .init(
                    classes: 3, boxes: "b", scores: "s", background: background,
                    coordinates: isNormalized ? .normalized : .pixels)),
            ["b": Tensor(corners, shape: [1, 40, 4]), "s": Tensor(scores, shape: [1, 40, 3])], boxes)
    }

    @Test(
        "NanoDet: sides as means of distributions, a cell more where the stride does not divide", arguments: [0, 0.5])
    func nanodet(offset: Double) throws {
        var generator = SplitMix64(seed: 5)
        var values: [Float] = []
        var boxes: [Box] = []
        for stride in [16, 24] {
            let cells = (Self.side + stride - 1) / stride
            for row in 0..<cells {
                for column in 0..<cells {
                    let scores = Self.random(3, 0...1, &generator)
                    let logits = Self.random(4 * 4, -3...3, &generator)
                    values += scores + logits
                    let sides = (0..<4).map { side -> Double in
                        let powers = logits[4 * side..<4 * side + 4].map { exp(Double($0)) }
                        let mean = zip(powers, 0...).reduce(0) { $0 + $1.0 * Double($1.1) } / powers.reduce(0, +)
                        return mean * Double(stride)
                    }
                    let (x, y) = ((Double(column) + offset) * Double(stride), (Double(row) + offset) * Double(stride))
                    let (classID, score) = Self.best(scores)
                    boxes.append(
                        Box(
                            x + (sides[2] - sides[0]) / 2, y + (sides[3] - sides[1]) / 2, sides[0] + sides[2],
                            sides[1] + sides[3], classID, score))
                }
            }
        }
        try Self.check(
            .nanodet(.init(classes: 3, output: "o", strides: [16, 24], bins: 3, offset: offset)),
            ["o": Tensor(values, shape: [1, 16 + 9, 3 + 16])], boxes)
    }

    @Test("DETR: a query is an object of its own", arguments: [ModelManifest.Head.Activation.softmax, .sigmoid, .none])
    func detr(activation: ModelManifest.Head.Activation) throws {
        var generator = SplitMix64(seed: 6)
        let logits = activation == .softmax ? 4 : 3
        var (places, scores): ([Float], [Float]) = ([], [])
        var boxes: [Box] = []
        for _ in 0..<30 {
            let place = Self.random(2, 0.2...0.8, &generator) + Self.random(2, 0.05...0.6, &generator)
            let row = Self.random(logits, activation == .none ? 0...1 : -3...3, &generator)
            places += place
            scores += row
            let (classID, logit) = Self.best(row[..<3])
            let score =
                switch activation {
                case .none: logit
                case .sigmoid: 1 / (1 + exp(-logit))
                case .softmax: exp(logit) / row.reduce(0) { $0 + exp(Double($1)) }
                }
            let pixels = place.map { Double($0) * 64 }
            boxes.append(Box(pixels[0], pixels[1], pixels[2], pixels[3], classID, score))
        }
        try Self.check(
            .detr(.init(classes: 3, boxes: "b", scores: "s", activation: activation)),
            ["b": Tensor(places, shape: [1, 30, 4]), "s": Tensor(scores, shape: [1, 30, logits])], boxes,
            suppressing: false)
    }

    @Test("pose: key points go with their box to the picture")
    func pose() throws {
        var manifest = try HeadTests.manifest(.pose(keypoints: ["nose", "tail"], output: "o"))
        manifest.labels = ["dog"]
        // 128 × 64 lies at half size in rows 16..<48.
        let geometry = InputGeometry(input: manifest.input, pictureWidth: 128, pictureHeight: 64)
        let column: [Float] = [32, 32, 20, 10, 0.9, 30, 20, 0.8, .nan, 33, 0.7]
        let values: [Float] = column.flatMap { (value: Float) -> [Float] in [value, 0] }
        let answer = try HeadDecoder(manifest).decode(
            ["o": Tensor(values, shape: [1, 11, 2])], geometry: geometry, options: Self.options)
        let found = try #require(HeadTests.detections(answer).first)
        #expect(found.rect == Rect(x0: 44, y0: 22, x1: 84, y1: 42))
        #expect(found.keypoints == [Keypoint(x: 60, y: 8, score: 0.8), Keypoint(x: 0, y: 0, score: 0)])
    }

    @Test("CenterFace: a box and five points from each hot cell")
    func centerFace() throws {
        var manifest = try HeadTests.manifest(
            .centerFace(.init(heatmap: "h", sizes: "s", offsets: "o", landmarks: "l")))
        manifest.labels = ["face"]
        let geometry = InputGeometry(input: manifest.input, pictureWidth: 64, pictureHeight: 64)
        var (heat, sizes, offsets) = (Self.cells(1), Self.cells(2), Self.cells(2))
        var points = Self.cells(10)
        // Column 6, row 3; a neighbour that the better one suppresses, one below the threshold, one that is no number.
        let cell = 3 * 16 + 6
        (heat[cell], heat[cell + 1], heat[200], heat[201]) = (0.9, 0.8, 0.1, .nan)
        for hot in [cell, cell + 1] {
            (sizes[hot], sizes[256 + hot]) = (Float(log(5.0)), Float(log(3.0)))
        }
        (offsets[cell], offsets[256 + cell]) = (0.25, -0.5)
        for point in 0..<5 {
            points[2 * point * 256 + cell] = Float(point) / 5
            points[(2 * point + 1) * 256 + cell] = 0.5
        }
        let answer = try HeadDecoder(manifest).decode(
            [
                "h": Tensor(heat, shape: [1, 1, 16, 16]), "s": Tensor(sizes, shape: [1, 2, 16, 16]),
                "o": Tensor(offsets, shape: [1, 2, 16, 16]), "l": Tensor(points, shape: [1, 10, 16, 16]),
            ], geometry: geometry, options: DecodingOptions(confidence: 0.2, iou: 0.3, maximumDetections: 10))
        let found = HeadTests.detections(answer)
        #expect(found.count == 1)
        let face = try #require(found.first)
        // Centre (6 − 0.5 + 0.5) · 4 = 24, (3 + 0.25 + 0.5) · 4 = 15; 12 wide, 20 high.
        for (value, expected) in zip(
            [face.rect.x0, face.rect.y0, face.rect.x1, face.rect.y1], [18, 5, 30, 25] as [Float])
        {
            #expect(abs(value - expected) < 1e-4)
        }
        for (point, found) in face.keypoints.enumerated() {
            #expect(abs(found.x - 24) < 1e-4 && abs(found.y - (5 + 4 * Float(point))) < 1e-4 && found.score == 0.9)
        }
        #expect(try ModelManifest(json: manifest.json) == manifest)
    }

    private static func cells(_ channels: Int) -> [Float] { [Float](repeating: 0, count: channels * 256) }

    @Test("segmentation: the class of each cell, padding cut off")
    func segmentation() throws {
        let manifest = try HeadTests.manifest(.segmentation(classes: 3, output: "o"))
        let geometry = InputGeometry(input: manifest.input, pictureWidth: 128, pictureHeight: 64)
        var generator = SplitMix64(seed: 2)
        let values = Self.random(3 * 16 * 16, -2...2, &generator)
        let options = DecodingOptions(confidence: 0, iou: 1, maximumDetections: 1)
        let answer = try HeadDecoder(manifest).decode(
            ["o": Tensor(values, shape: [1, 3, 16, 16])], geometry: geometry, options: options)
        guard case .segmentation(let map) = answer else {
            Issue.record("no map")
            return
        }
        #expect(map.width == 16 && map.height == 8)
        for row in 0..<8 {
            for column in 0..<16 {
                let scores = (0..<3).map { values[$0 * 256 + (row + 4) * 16 + column] }
                #expect(map.classIDs[row * 16 + column] == Int32(Self.best(scores).0))
            }
        }
        #expect(map.region == InputGeometry.Region(x: 0, y: 0, width: 128, height: 64))
    }

    @Test("run lengths read back as they were written, and hostile ones are refused")
    func runLengths() throws {
        var generator = SplitMix64(seed: 8)
        for (width, height, share) in [(1, 1, 50), (7, 5, 50), (64, 48, 2), (31, 200, 98), (3, 3, 0), (3, 3, 100)] {
            let cells = (0..<width * height).map { _ in Int.random(in: 0..<100, using: &generator) < share }
            let text = RunLengths.text(width: width, height: height) { cells[$0] }
            #expect(RunLengths.isInside(text, width: width, height: height) == cells)
            #expect(RunLengths.isInside(text + "1", width: width, height: height) == nil)
        }
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
                UInt8.random(in: 32...127, using: &generator)
            }
            _ = RunLengths.isInside(String(decoding: bytes, as: UTF8.self), width: 9, height: 9)
        }
        // As pycocotools writes a 3 × 4 mask whose left column is inside.
        #expect(RunLengths.text(width: 4, height: 3) { $0 % 4 == 0 } == "039")
    }

    @Test("every family drops numbers that are not finite")
    func notFinite() throws {
        let heads: [(ModelManifest.Head, [String: [Int]])] = [
            (.yolov5(classes: 3, output: "o"), ["o": [1, 9, 8]]), (.yolov8(classes: 3, output: "o"), ["o": [1, 7, 9]]),
            (
                .ssd(.init(classes: 3, boxes: "b", scores: "s", background: 0, coordinates: .pixels)),
                ["b": [1, 9, 4], "s": [1, 9, 3]]
            ),
            (.nanodet(.init(classes: 3, output: "o", strides: [32], bins: 3)), ["o": [1, 4, 19]]),
            (
                .detr(.init(classes: 3, boxes: "b", scores: "s", activation: .softmax)),
                ["b": [1, 9, 4], "s": [1, 9, 4]]
            ),
        ]
        let options = DecodingOptions(confidence: 0, iou: 1, maximumDetections: 1000)
        for (head, shapes) in heads {
            let manifest = try HeadTests.manifest(head)
            let geometry = InputGeometry(input: manifest.input, pictureWidth: 64, pictureHeight: 64)
            for value in [Float.nan, .infinity, -.infinity] {
                let outputs = shapes.mapValues {
                    Tensor([Float](repeating: value, count: $0.reduce(1, *)), shape: Shape($0))
                }
                let answer = try HeadDecoder(manifest).decode(outputs, geometry: geometry, options: options)
                #expect(HeadTests.detections(answer).isEmpty, "\(head.family) \(value)")
            }
        }
    }
}
