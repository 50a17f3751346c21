import StrictJSON
import Vision

/// Answers in the form that Frigate's `zmq` detector reads.
enum FrigateAnswer {
    /// Rows of the table of detections, and numbers of each: class, score, then the box as parts of the picture's height and width: top,
    /// left, bottom, right.
    static let rows = 20
    private static let columns = 6

    /// The best detections; rows without one are zero.
    static func detections(_ result: FrameResult) -> [[UInt8]] {
        let best = (result.detections ?? []).sorted { $0.score > $1.score }.prefix(rows)
        var table = [Float](repeating: 0, count: rows * columns)
        for (row, detection) in best.enumerated() {
            let box = detection.normalizedBox
            let values = [Float(detection.classID), detection.score, box[1], box[0], box[3], box[2]]
            table.replaceSubrange(row * columns..<(row + 1) * columns, with: values)
        }
        return message(table, error: nil)
    }

    /// No detections, and why: the client reads an empty table.
    static func failure(_ detail: String) -> [[UInt8]] {
        message([Float](repeating: 0, count: rows * columns), error: detail)
    }

    /// Whether a model is there.
    static func availability(_ isThere: Bool) -> [[UInt8]] {
        [
            header { json in
                for key in ["model_available", "model_loaded"] {
                    json.key(key)
                    json.value(.bool(isThere))
                }
            }
        ]
    }

    /// Models are not taken in.
    static var uploadRefused: [[UInt8]] {
        [
            header { json in
                for key in ["model_saved", "model_loaded"] {
                    json.key(key)
                    json.value(.bool(false))
                }
                json.key("error")
                json.value("models are not taken in over this protocol: fovea model add, and the setting frigateModel")
            }
        ]
    }

    private static func message(_ table: [Float], error: String?) -> [[UInt8]] {
        let head = header { json in
            json.key("shape")
            json.value(.numbers([Double(rows), Double(columns)]))
            json.key("dtype")
            json.value("float32")
            if let error {
                json.key("error")
                json.value(error)
            }
        }
        return [head, table.withUnsafeBytes { Array($0) }]
    }

    private static func header(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(pretty: false)
        writer.object { members(&$0) }
        return writer.bytes
    }
}
