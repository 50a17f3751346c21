package import Imaging

/// A point of an object, like an elbow.
package struct Keypoint: Sendable, Equatable {
    /// In pixels of the upright picture.
    package var x: Float
    package var y: Float
    /// 0…1.
    package var score: Float

    package init(x: Float, y: Float, score: Float) {
        self.x = x
        self.y = y
        self.score = score
    }
}

/// An object that a network found.
package struct Detection: Sendable, Equatable {
    /// In pixels of the upright picture.
    package var rect: Rect
    package var classID: Int
    /// 0…1.
    package var score: Float
    /// In the order of the manifest's names; empty for networks that find none.
    package var keypoints: [Keypoint] = []

    package init(rect: Rect, classID: Int, score: Float, keypoints: [Keypoint] = []) {
        self.rect = rect
        self.classID = classID
        self.score = score
        self.keypoints = keypoints
    }
}

/// A class that a network names for the whole picture.
package struct Classification: Sendable, Equatable {
    package var classID: Int
    /// 0…1.
    package var score: Float

    package init(classID: Int, score: Float) {
        self.classID = classID
        self.score = score
    }
}

/// A line of text that a network read.
package struct TextLine: Sendable, Equatable {
    /// Its characters in order.
    package var classIDs: [Int]
    /// The mean of the characters' probabilities, 0…1; 0 without a character.
    package var score: Float

    package init(classIDs: [Int], score: Float) {
        self.classIDs = classIDs
        self.score = score
    }
}

/// A network's answer for one picture; detections and classifications best first.
package enum Predictions: Sendable, Equatable {
    case detections([Detection])
    case classifications([Classification])
    case segmentation(SegmentationMap)
    case text(TextLine)
}

/// Which answers to keep.
package struct DecodingOptions: Sendable, Equatable {
    /// Scores below are dropped, 0…1.
    package var confidence: Float
    /// Boxes of one class that overlap a better one by more are dropped, 0…1.
    package var iou: Float
    /// At least 1; for a classifier the number of classes to name.
    package var maximumDetections: Int
    /// Classes to keep; `nil` keeps all. The best class of a box is chosen before.
    package var classes: Set<Int>?

    package init(confidence: Float, iou: Float, maximumDetections: Int, classes: Set<Int>? = nil) {
        self.confidence = confidence
        self.iou = iou
        self.maximumDetections = maximumDetections
        self.classes = classes
    }

    /// The manifest's own.
    package init(_ thresholds: ModelManifest.Thresholds) {
        self.init(
            confidence: thresholds.confidence, iou: thresholds.iou, maximumDetections: thresholds.maximumDetections)
    }

    func keeps(_ classID: Int) -> Bool { classes?.contains(classID) ?? true }
}
