internal import Imaging

/// Boxes of the single-shot detectors (Liu et al., "SSD: Single Shot MultiBox Detector", 2016, section 2.2) with the default
/// boxes decoded in the network: [boxes, 4] as x0, y0, x1, y1 and [boxes, classes] of probabilities.
///
/// A box takes its best class apart from the one that means background.
struct SSDDecoder: Sendable {
    private let head: ModelManifest.Head.SSD
    private let inputWidth: Int
    private let inputHeight: Int

    init(_ head: ModelManifest.Head.SSD, inputWidth: Int, inputHeight: Int) {
        self.head = head
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
    }

    var expectedOutputs: [HeadDecoder.ExpectedOutput] {
        let any = HeadDecoder.ExpectedOutput.any
        return [
            HeadDecoder.ExpectedOutput(name: head.boxes, dimensions: [any, 4]),
            HeadDecoder.ExpectedOutput(name: head.scores, dimensions: [any, head.classes]),
        ]
    }

    /// One candidate a box at most, in input pixels, in the order of the boxes.
    func candidates(
        boxes: UnsafeBufferPointer<Float>, scores: UnsafeBufferPointer<Float>, options: DecodingOptions
    ) -> [Detection] {
        let isNormalized = head.coordinates == .normalized
        let (scaleX, scaleY) = isNormalized ? (Float(inputWidth), Float(inputHeight)) : (1, 1)
        var found: [Detection] = []
        for box in 0..<min(boxes.count / 4, scores.count / head.classes) {
            let best = bestClass(
                scores, from: box * head.classes, count: head.classes, step: 1, skipping: head.background)
            guard let best, best.value >= options.confidence, best.value <= 1, options.keeps(best.index) else {
                continue
            }
            let rect = Rect(
                x0: boxes[4 * box] * scaleX, y0: boxes[4 * box + 1] * scaleY, x1: boxes[4 * box + 2] * scaleX,
                y1: boxes[4 * box + 3] * scaleY)
            found.append(Detection(rect: rect, classID: best.index, score: best.value))
        }
        return found
    }
}
