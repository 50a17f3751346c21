internal import Imaging

/// Boxes of YOLOv5's and v7's one output as their authors export it: [boxes, 5 + classes], each row x, y, width, height in input
/// pixels, objectness and class scores, all decoded in the network (Jocher et al., *YOLOv5*, the Detect layer).
///
/// score = objectness·class.
struct YOLOv5Decoder: Sendable {
    let classes: Int
    let output: String

    var expectedOutputs: [HeadDecoder.ExpectedOutput] {
        [HeadDecoder.ExpectedOutput(name: output, dimensions: [HeadDecoder.ExpectedOutput.any, 5 + classes])]
    }

    /// One candidate a row at most, in input pixels, in the order of the rows.
    func candidates(_ values: UnsafeBufferPointer<Float>, options: DecodingOptions) -> [Detection] {
        var found: [Detection] = []
        for start in stride(from: 0, to: values.count, by: 5 + classes) {
            let presence = values[start + 4]
            // No class can lift the score above the objectness.
            guard presence >= options.confidence, presence <= 1,
                let best = bestClass(values, from: start + 5, count: classes, step: 1), best.value <= 1,
                options.keeps(best.index)
            else { continue }
            let score = presence * best.value
            guard score >= options.confidence else { continue }
            found.append(
                Detection(
                    rect: Rect(
                        centerX: values[start], centerY: values[start + 1], width: values[start + 2],
                        height: values[start + 3]), classID: best.index, score: score))
        }
        return found
    }
}

extension Rect {
    init(centerX: Float, centerY: Float, width: Float, height: Float) {
        self.init(
            x0: centerX - width / 2, y0: centerY - height / 2, x1: centerX + width / 2, y1: centerY + height / 2)
    }
}
