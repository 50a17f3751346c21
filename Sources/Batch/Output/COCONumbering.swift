internal import Vision

/// Image and category numbers of COCO results.
package struct COCONumbering: Sendable {
    /// Where numbers come from.
    package enum Source: Sendable {
        /// A ground truth's own, by file name and by category name.
        case groundTruth(path: String, images: [String: Int], categories: [String: Int])
        /// Numbers in file names (`000000000139.jpg`) when the first input has one, else places in the input, from 1; COCO's own
        /// categories.
        case automatic
    }

    private let source: Source
    private var usesFileNames = false

    package init(_ source: Source) { self.source = source }

    /// Decides by the first input, whether it is answered or was before, where numbers come from.
    mutating func begin(with path: String) { usesFileNames = Int(FrameName.stem(FrameName.last(path))) != nil }

    /// - Parameters:
    ///   - path: of the frame.
    ///   - place: in the input, from 1.
    /// - Throws: ``BatchError/groundTruth(path:detail:)`` when the frame has no number.
    func image(_ path: String, place: Int) throws(BatchError) -> Int {
        let name = FrameName.last(path)
        switch source {
        case .groundTruth(let file, let images, _):
            guard let number = images[path] ?? images[name] else {
                throw .groundTruth(path: file, detail: "has no image '\(name)'")
            }
            return number
        case .automatic:
            guard usesFileNames else { return place }
            guard let number = Int(FrameName.stem(name)) else {
                throw .groundTruth(path: "-", detail: "'\(name)' holds no image number as the first input did")
            }
            return number
        }
    }

    /// `nil` for a class that the ground truth does not have.
    func category(_ detection: FrameResult.Detection) -> Int? {
        switch source {
        case .groundTruth(_, _, let categories): categories[detection.label]
        case .automatic: FrameResult.cocoCategory(detection)
        }
    }
}
