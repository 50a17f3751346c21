internal import StrictJSON
internal import Vision

/// How answers are written.
package enum ResultFormat: String, Sendable, CaseIterable {
    /// `fovea.result/1`, one line a frame; a failure is a line with `error` and `source`.
    case jsonl
    /// COCO results: one array of detections.
    case coco
    /// One text file a frame, in a folder.
    case yolo
    /// A fixed header, one line a detection or class.
    case csv

    /// Whether answers go to one stream, not to a file each.
    var isStream: Bool { self != .yolo }

    /// Whether an input that fails shows in the output itself.
    package var tellsFailures: Bool { self == .jsonl || self == .csv }

    var header: [UInt8] {
        switch self {
        case .jsonl, .yolo: []
        case .coco: Array("[\n".utf8)
        case .csv: Array(FrameResult.csvHeader.utf8)
        }
    }

    /// What follows the last record.
    var footer: [UInt8] { self == .coco ? Array("\n]\n".utf8) : [] }

    /// What stands behind each object of a record and is dropped behind the last one.
    static let cocoSeparator = Array(",\n".utf8)

    /// What is written for an input that failed.
    func failure(source: String, error: String) -> [UInt8] {
        switch self {
        case .jsonl:
            var json = JSONWriter(pretty: false)
            json.object {
                $0.key("error")
                $0.value(error)
                $0.key("source")
                $0.value(source)
            }
            return json.bytes + [UInt8(ascii: "\n")]
        case .csv: return Array(FrameResult.csvFailure(source: source, error: error).utf8)
        case .coco, .yolo: return []
        }
    }
}
