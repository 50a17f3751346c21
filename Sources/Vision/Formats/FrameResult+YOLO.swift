extension FrameResult {
    /// The detections as YOLO label lines: class index, box centre, width and height as parts of the picture's, score.
    package var yoloLines: String {
        (detections ?? []).filter { $0.normalizedBox.count == 4 }.map { detection in
            let box = detection.normalizedBox
            let numbers = [
                (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1], detection.score,
            ]
            return "\(detection.classID) " + numbers.map { "\($0)" }.joined(separator: " ") + "\n"
        }.joined()
    }
}
