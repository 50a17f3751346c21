#if FOVEA_SERVER
import FoundationEssentials
import Glibc
import Logging
import StrictJSON

/// Writes each message as one line of JSON to standard error: time, level, label, message, and the metadata as members.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    private let label: String

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var json = JSONWriter(pretty: false)
        json.object { json in
            json.key("time")
            json.value(Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            json.key("level")
            json.value(event.level.rawValue)
            json.key("label")
            json.value(label)
            json.key("message")
            json.value("\(event.message)")
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            for (key, value) in all.sorted(by: { $0.key < $1.key }) where !Self.reserved.contains(key) {
                json.key(key)
                json.value("\(value)")
            }
        }
        // One write a line: lines of several threads do not mix.
        let line = json.bytes + [UInt8(ascii: "\n")]
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }

    private static let reserved: Set<String> = ["time", "level", "label", "message"]
}
#endif
