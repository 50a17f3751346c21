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
        let storage = try ByteStorage.reading(path: path, maximumByteCount: COCOGroundTruth.byteLimit)
        try withExtendedLifetime(storage) {
            let bytes = storage.bytes
            let start = bytes.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
            if start == UInt8(ascii: "[") {
                try readArray(bytes, path: path)
            } else {
                try readLines(bytes, path: path, truth: truth)
            }
        }
    }

    private mutating func readArray(_ bytes: UnsafeRawBufferPointer, path: String) throws {
        let entries: [Entry]
        do throws(JSONError) {
            entries = try JSONDocument.decode(from: bytes, byteLimit: COCOGroundTruth.byteLimit)
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
        _ bytes: UnsafeRawBufferPointer, path: String, truth: COCOGroundTruth
    ) throws {
        let images = Dictionary(truth.images.map { ($0.fileName, $0.id) }, uniquingKeysWith: { first, _ in first })
        let categories = Dictionary(truth.categories.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
        for (index, slice) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        {
            guard
                let line = try ResultLine(UnsafeRawBufferPointer(rebasing: slice), path: path, number: index + 1)
            else { continue }
            guard line.error == nil else {
                failures += 1
                continue
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
