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

    /// The network's answer in the terms of the result: boxes of `picture` become boxes of the frame.
    func describe(_ predictions: Predictions, labels: ModelManifest, in result: inout FrameResult) {
        switch predictions {
        case .detections(let detections):
            result.detections = detections.map { detection in
                var onFrame = detection
                onFrame.rect = frameRect(detection.rect)
                return FrameResult.Detection(
                    onFrame, label: labels.label(detection.classID), width: width, height: height)
            }
        case .classifications(let classifications):
            result.classifications = classifications.map {
                FrameResult.Classification($0, label: labels.label($0.classID))
            }
        }
    }

    private func frameRect(_ rect: Rect) -> Rect {
        Rect(x0: rect.x0 * scale, y0: rect.y0 * scale, x1: rect.x1 * scale, y1: rect.y1 * scale)
            .intersection(Rect(x0: 0, y0: 0, x1: Float(width), y1: Float(height)))
    }
}
