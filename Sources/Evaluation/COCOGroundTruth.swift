internal import StrictJSON
internal import Tensors

/// What there is to be found, as COCO annotations have it (`instances_*.json`).
package struct COCOGroundTruth: Sendable {
    package struct Image: Sendable, Equatable {
        package var id: Int
        package var fileName: String

        package init(id: Int, fileName: String) {
            self.id = id
            self.fileName = fileName
        }
    }

    package struct Category: Sendable, Equatable {
        package var id: Int
        package var name: String

        package init(id: Int, name: String) {
            self.id = id
            self.name = name
        }
    }

    package struct Annotation: Sendable, Equatable {
        package var imageID: Int
        package var categoryID: Int
        package var box: COCOBox
        /// Of the object, not of its box: what the size ranges go by.
        package var area: Double
        /// Stands for many objects: detections in it count neither for nor against.
        package var isCrowd: Bool

        package init(imageID: Int, categoryID: Int, box: COCOBox, area: Double, isCrowd: Bool) {
            self.imageID = imageID
            self.categoryID = categoryID
            self.box = box
            self.area = area
            self.isCrowd = isCrowd
        }
    }

    package var images: [Image]
    package var categories: [Category]
    package var annotations: [Annotation]

    package init(images: [Image], categories: [Category], annotations: [Annotation]) {
        self.images = images
        self.categories = categories
        self.annotations = annotations
    }

    /// Largest file in bytes.
    package static let byteLimit = 2 << 30

    /// Reads a file of annotations. Segmentations and other keys are not looked at; annotations without a box are left out.
    ///
    /// - Throws: `FileError`, ``EvaluationError/malformed(path:line:detail:)``.
    package init(path: String) throws {
        let bytes = try ByteStorage.reading(path: path, maximumByteCount: Self.byteLimit)
        let document: Document
        do throws(JSONError) {
            document = try withExtendedLifetime(bytes) { () throws(JSONError) in
                try JSONDocument.decode(from: bytes.bytes, byteLimit: Self.byteLimit)
            }
        } catch {
            throw EvaluationError.malformed(path: path, line: nil, detail: "\(error)")
        }
        images = document.images.map { Image(id: $0.id, fileName: $0.file_name ?? "") }
        categories = document.categories.map { Category(id: $0.id, name: $0.name) }
        annotations = []
        annotations.reserveCapacity(document.annotations.count)
        for (index, annotation) in document.annotations.enumerated() {
            guard let numbers = annotation.bbox else { continue }
            guard let box = COCOBox(numbers) else {
                throw EvaluationError.malformed(
                    path: path, line: nil, detail: "annotations[\(index)].bbox: expected [x, y, width, height]")
            }
            annotations.append(
                Annotation(
                    imageID: annotation.image_id, categoryID: annotation.category_id, box: box,
                    area: annotation.area ?? box.area, isCrowd: (annotation.iscrowd ?? 0) != 0))
        }
    }
}

/// The keys of the file, named as there.
private struct Document: Decodable {
    struct Image: Decodable {
        var id: Int
        var file_name: String?
    }

    struct Category: Decodable {
        var id: Int
        var name: String
    }

    struct Annotation: Decodable {
        var image_id: Int
        var category_id: Int
        var bbox: [Double]?
        var area: Double?
        var iscrowd: Int?
    }

    var images: [Image]
    var categories: [Category]
    var annotations: [Annotation]
}
