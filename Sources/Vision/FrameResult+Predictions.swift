internal import Imaging

extension FrameResult.Detection {
    /// A detection in a picture of `width` × `height` pixels.
    package init(_ detection: Detection, label: String, width: Int, height: Int) {
        let rect = detection.rect
        let (w, h) = (Float(width), Float(height))
        self.init(
            box: [rect.x0, rect.y0, rect.x1, rect.y1],
            normalizedBox: [rect.x0 / w, rect.y0 / h, rect.x1 / w, rect.y1 / h], label: label,
            classID: detection.classID, score: detection.score)
    }
}

extension FrameResult.Classification {
    package init(_ classification: Classification, label: String) {
        self.init(label: label, classID: classification.classID, score: classification.score)
    }
}
