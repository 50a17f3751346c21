import Imaging
import StrictJSON

/// What is to be seen in frames of moving shapes, in COCO's form for detection.
package struct GroundTruth: Sendable {
    private let width: Int
    private let height: Int
    private var images: [Image] = []
    private var annotations: [Annotation] = []

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Enters frame `frame`, whose file is or would be called `fileName`.
    package mutating func add(frame: UInt64, fileName: String) {
        images.append(Image(id: frame, file_name: fileName, width: width, height: height))
        for shape in MovingShape.all(width: width, height: height, frame: frame) {
            let box = shape.box
            annotations.append(
                Annotation(
                    id: annotations.count + 1, image_id: frame, category_id: shape.kind.rawValue + 1,
                    bbox: [box.x0, box.y0, box.width, box.height], area: shape.area, iscrowd: 0))
        }
    }

    /// Boxes are x, y, width, height in pixels of the full picture; image ids are sequence numbers.
    package func json() throws -> [UInt8] {
        let categories = MovingShape.Kind.allCases.map { Category(id: $0.rawValue + 1, name: $0.name) }
        return try JSONText.line(File(images: images, annotations: annotations, categories: categories))
    }

    private struct File: Encodable {
        var images: [Image]
        var annotations: [Annotation]
        var categories: [Category]
    }

    // Names as COCO has them.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct Image: Encodable {
        var id: UInt64
        var file_name: String
        var width: Int
        var height: Int
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct Annotation: Encodable {
        var id: Int
        var image_id: UInt64
        var category_id: Int
        var bbox: [Float]
        var area: Float
        var iscrowd: Int
    }

    private struct Category: Encodable {
        var id: Int
        var name: String
    }
}

extension MovingShape {
    /// Pixels inside.
    var area: Float {
        switch kind {
        case .disk: 3.1415927 * box.width * box.width / 4
        case .square: box.area
        case .triangle: box.area / 2
        }
    }
}
