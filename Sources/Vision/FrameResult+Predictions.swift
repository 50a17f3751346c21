internal import Imaging

extension FrameResult.Detection {
    /// A detection in a picture of `width` × `height` pixels.
    ///
    /// - Parameter keypoints: names of the detection's key points.
    package init(_ detection: Detection, label: String, keypoints: [String] = [], width: Int, height: Int) {
        let rect = detection.rect
        let (w, h) = (Float(width), Float(height))
        self.init(
            box: [rect.x0, rect.y0, rect.x1, rect.y1],
            normalizedBox: [rect.x0 / w, rect.y0 / h, rect.x1 / w, rect.y1 / h], label: label,
            classID: detection.classID, score: detection.score)
        guard !detection.keypoints.isEmpty else { return }
        self.keypoints = zip(keypoints, detection.keypoints).map {
            FrameResult.Keypoint(name: $0, x: $1.x, y: $1.y, score: $1.score)
        }
    }

    /// The same on a picture of another size.
    package func scaled(by factor: Float) -> FrameResult.Detection {
        var result = self
        guard factor != 1 else { return result }
        result.box = box.map { $0 * factor }
        result.keypoints = keypoints?.map {
            FrameResult.Keypoint(name: $0.name, x: $0.x * factor, y: $0.y * factor, score: $0.score)
        }
        return result
    }
}

extension FrameResult.Classification {
    package init(_ classification: Classification, label: String) {
        self.init(label: label, classID: classification.classID, score: classification.score)
    }
}

extension FrameResult.Segmentation {
    /// - Parameters:
    ///   - box: what the map covers on the frame.
    ///   - label: the name of a class.
    package init(_ map: SegmentationMap, box: [Float], label: (Int) -> String) {
        var counts: [Int32: Int] = [:]
        for id in map.classIDs where id >= 0 { counts[id, default: 0] += 1 }
        let masks = counts.sorted { $0.key < $1.key }.map { id, count in
            Mask(
                label: label(Int(id)), classID: Int(id), share: Float(count) / Float(map.classIDs.count),
                counts: RunLengths.text(width: map.width, height: map.height) { map.classIDs[$0] == id })
        }
        self.init(width: map.width, height: map.height, box: box, masks: masks)
    }

    /// The same on a picture of another size.
    package func scaled(by factor: Float) -> FrameResult.Segmentation {
        var result = self
        result.box = box.map { $0 * factor }
        return result
    }
}
