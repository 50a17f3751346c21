internal import StrictJSON

extension FrameResult {
    /// The detections as COCO results, one JSON object each: `image_id`, `category_id`, `bbox` `[x, y, width, height]` in pixels,
    /// `score`, and with key points `keypoints`.
    ///
    /// - Parameter category: the category of a detection; those that have none are left out.
    package func cocoResults(imageID: Int, category: (Detection) -> Int?) -> [[UInt8]] {
        allDetections.compactMap { detection in
            guard let number = category(detection), detection.box.count == 4 else { return nil }
            let box = detection.box
            var json = JSONWriter(pretty: false)
            json.object {
                $0.key("image_id")
                $0.value(imageID)
                $0.key("category_id")
                $0.value(number)
                $0.key("bbox")
                $0.values([box[0], box[1], box[2] - box[0], box[3] - box[1]])
                $0.key("score")
                $0.value(detection.score)
                if let keypoints = detection.keypoints {
                    $0.key("keypoints")
                    $0.values(keypoints.flatMap { [$0.x, $0.y, $0.score] })
                }
            }
            return json.bytes
        }
    }

    /// The detections of this one frame, image 0, as an array of COCO results in COCO's own categories.
    package var cocoArray: [UInt8] {
        let rows = cocoResults(imageID: 0, category: Self.cocoCategory)
        return [UInt8(ascii: "[")] + rows.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }

    /// COCO's own number of a class by its label; one more than the class's index where COCO has no such class.
    package static func cocoCategory(_ detection: Detection) -> Int {
        COCOCategories.number(of: detection.label) ?? detection.classID + 1
    }
}
