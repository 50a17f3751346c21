internal import Codecs
internal import ISP
internal import Imaging
internal import Vision

extension ModelView {
    func frameDescription(input: FrameInput, sha256: String) -> FrameResult.Frame {
        switch source {
        case .picture(_, let orientation):
            FrameResult.Frame(
                sha256: sha256, width: width, height: height, orientation: orientation.rawValue, kind: "picture",
                source: input.source, sensor: input.sensor, sequence: input.description.sequence,
                timestamp: input.description.timestamp)
        case .raw(let frame):
            FrameResult.Frame(
                sha256: sha256, width: width, height: height, orientation: frame.orientation.rawValue, kind: "raw",
                pixelFormat: frame.pixelFormat.name, source: input.source, sensor: input.sensor,
                sequence: frame.sequence, timestamp: frame.timestamp)
        }
    }

    /// What the ISP applied, for raw frames.
    var ispDescription: FrameResult.ISP? {
        guard let parameters else { return nil }
        let gains = parameters.whiteBalanceGains
        return FrameResult.ISP(
            profile: developer.profile.name, sha256: developer.profile.sha256,
            demosaic: parameters.demosaic.rawValue, whiteBalanceGains: [gains.x, gains.y, gains.z])
    }

    /// An answer in the terms of the result.
    struct Described {
        var detections: [FrameResult.Detection]?
        var classifications: [FrameResult.Classification]?
        var segmentation: FrameResult.Segmentation?
        var text: FrameResult.Text?
    }

    /// The answer for the part `place` of `whole`: its places become places of the frame.
    func describe(_ predictions: Predictions, manifest: ModelManifest, at place: PixelRect) -> Described {
        switch predictions {
        case .detections(let detections):
            let described = detections.map { detection in
                var onFrame = detection
                onFrame.rect = frameRect(detection.rect, at: place)
                onFrame.keypoints = detection.keypoints.map {
                    Keypoint(
                        x: ($0.x + Float(place.x)) * scale, y: ($0.y + Float(place.y)) * scale, score: $0.score)
                }
                return FrameResult.Detection(
                    onFrame, label: manifest.label(detection.classID), keypoints: manifest.keypoints, width: width,
                    height: height)
            }
            return Described(detections: described)
        case .classifications(let classifications):
            return Described(
                classifications: classifications.map {
                    FrameResult.Classification($0, label: manifest.label($0.classID))
                })
        case .text(let line):
            return Described(
                text: FrameResult.Text(text: line.classIDs.map(manifest.label).joined(), score: line.score))
        case .segmentation(let map):
            let region = map.region
            let rect = frameRect(
                Rect(
                    x0: Float(region.x), y0: Float(region.y), x1: Float(region.x + region.width),
                    y1: Float(region.y + region.height)), at: place)
            return Described(
                segmentation: FrameResult.Segmentation(
                    map, box: [rect.x0, rect.y0, rect.x1, rect.y1], label: manifest.label))
        }
    }

    /// The pixels of `whole` that a detection touches.
    func place(of detection: FrameResult.Detection) -> PixelRect? {
        let box = detection.box.map { $0 / scale }
        return PixelRect(
            touching: Rect(x0: box[0], y0: box[1], x1: box[2], y1: box[3]), width: wholeSize.width,
            height: wholeSize.height)
    }

    /// A rectangle of the part `place` of `whole` on the frame.
    private func frameRect(_ rect: Rect, at place: PixelRect) -> Rect {
        let (x, y) = (Float(place.x), Float(place.y))
        return Rect(
            x0: (rect.x0 + x) * scale, y0: (rect.y0 + y) * scale, x1: (rect.x1 + x) * scale,
            y1: (rect.y1 + y) * scale
        )
        .intersection(Rect(x0: 0, y0: 0, x1: Float(width), y1: Float(height)))
    }
}
