internal import StrictJSON
internal import Tensors

/// A detection in COCO's terms.
package struct COCODetection: Sendable, Equatable {
    package var imageID: Int
    package var categoryID: Int
    package var box: COCOBox
    package var score: Double

    package init(imageID: Int, categoryID: Int, box: COCOBox, score: Double) {
        self.imageID = imageID
        self.categoryID = categoryID
        self.box = box
        self.score = score
    }
}

/// What a file of results says of a ground truth's images.
package struct COCOResults: Sendable {
    package var detections: [COCODetection] = []
    /// Images that the results speak of, for COCO results those with detections.
    package var images: Set<Int> = []
    /// Inputs that failed.
    package var failures = 0
    /// Detections of classes that the ground truth does not have.
    package var unknownClasses: [String: Int] = [:]

    private struct Entry: Decodable {
        var image_id: Int
        var category_id: Int
        var bbox: [Double]
        var score: Double
    }

    /// Reads COCO results (an array) or lines of `fovea process`, whose frames are found by the names of their files and whose
    /// classes by the names of categories.
    ///
    /// - Throws: `FileError`, ``EvaluationError``.
    package init(path: String, truth: COCOGroundTruth) throws {
        let reader = try LineReader(path: path)
        let first = try reader.next()
        let start = first?.first { $0 != UInt8(ascii: " ") }
        if start == UInt8(ascii: "[") {
            try readArray(reader, first: first ?? [], path: path)
        } else {
            try readLines(reader, first: first, path: path, truth: truth)
        }
    }

    private mutating func readArray(_ reader: LineReader, first: [UInt8], path: String) throws {
        var text = first
        while let line = try reader.next() {
            text.append(UInt8(ascii: "\n"))
            text += line
            guard text.count <= COCOGroundTruth.byteLimit else {
                throw EvaluationError.malformed(
                    path: path, line: nil, detail: "more than the limit of \(COCOGroundTruth.byteLimit) bytes")
            }
        }
        let decoded = text.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in
                try JSONDocument.decode([Entry].self, from: bytes, byteLimit: COCOGroundTruth.byteLimit)
            }
        }
        let entries: [Entry]
        do {
            entries = try decoded.get()
        } catch {
            throw EvaluationError.malformed(path: path, line: nil, detail: "\(error)")
        }
        for (index, entry) in entries.enumerated() {
            guard let box = COCOBox(entry.bbox) else {
                throw EvaluationError.malformed(
                    path: path, line: nil, detail: "[\(index)].bbox: expected [x, y, width, height]")
            }
            images.insert(entry.image_id)
            detections.append(
                COCODetection(imageID: entry.image_id, categoryID: entry.category_id, box: box, score: entry.score))
        }
    }

    private mutating func readLines(
        _ reader: LineReader, first: [UInt8]?, path: String, truth: COCOGroundTruth
    ) throws {
        let images = Dictionary(truth.images.map { ($0.fileName, $0.id) }, uniquingKeysWith: { first, _ in first })
        let categories = Dictionary(truth.categories.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
        guard let first else { return }
        try ResultLine.read(reader, path: path, first: first) { line in
            guard line.error == nil else {
                failures += 1
                return
            }
            guard let image = images[line.key] ?? images[line.fileName] else {
                throw EvaluationError.mismatch(detail: "the ground truth has no image '\(line.fileName)'")
            }
            self.images.insert(image)
            for detection in line.detections ?? [] {
                guard let category = categories[detection.label] else {
                    unknownClasses[detection.label, default: 0] += 1
                    continue
                }
                let box = detection.box
                detections.append(
                    COCODetection(
                        imageID: image, categoryID: category,
                        box: COCOBox(x: box[0], y: box[1], width: box[2] - box[0], height: box[3] - box[1]),
                        score: detection.score))
            }
        }
    }
}
