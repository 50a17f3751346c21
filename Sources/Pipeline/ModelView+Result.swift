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
}
