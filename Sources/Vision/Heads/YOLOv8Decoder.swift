internal import Imaging

/// Boxes of YOLOv8's and later one output as their authors export it: [4 + classes + 3·key points, boxes], each column x, y,
/// width, height in input pixels, class scores already sigmoid, then x, y and score of each key point (Jocher et al.,
/// *Ultralytics YOLO*, the Detect and Pose layers).
///
/// There is no objectness: score = best class.
struct YOLOv8Decoder: Sendable {
    let classes: Int
    /// Number of key points.
    let keypoints: Int
    let output: String

    var expectedOutputs: [HeadDecoder.ExpectedOutput] {
        [
            HeadDecoder.ExpectedOutput(
                name: output, dimensions: [4 + classes + 3 * keypoints, HeadDecoder.ExpectedOutput.any])
        ]
    }

    /// One candidate a column at most, in input pixels, in the order of the columns.
    func candidates(_ values: UnsafeBufferPointer<Float>, options: DecodingOptions) -> [Detection] {
        let boxes = values.count / (4 + classes + 3 * keypoints)
        var found: [Detection] = []
        for box in 0..<boxes {
            guard let best = bestClass(values, from: 4 * boxes + box, count: classes, step: boxes),
                best.value >= options.confidence, best.value <= 1, options.keeps(best.index)
            else { continue }
            var detection = Detection(
                rect: Rect(
                    centerX: values[box], centerY: values[boxes + box], width: values[2 * boxes + box],
                    height: values[3 * boxes + box]), classID: best.index, score: best.value)
            for keypoint in 0..<keypoints {
                let start = (4 + classes + 3 * keypoint) * boxes + box
                detection.keypoints.append(
                    Keypoint(x: values[start], y: values[start + boxes], score: values[start + 2 * boxes]))
            }
            found.append(detection)
        }
        return found
    }
}
