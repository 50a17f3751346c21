import FoundationEssentials
import Logging
import StrictJSON
import Synchronization
import Tensors

/// Who did what, when and from where: a line of JSON for each refused request, each change to the service, and each look at what
/// sensors saw. Keys and tokens are never in it, only their names.
///
/// Lines are only ever appended, each with one write, before the request is answered. A file that was moved away or deleted is begun
/// anew within a second, so that `logrotate` needs no signal.
final class AuditLog: Sendable {
    /// Why a line is written.
    enum Event: String, Sendable {
        /// The caller was refused.
        case denied
        /// The caller changed the service.
        case admin
        /// The caller looked at what sensors saw, or at results.
        case access
    }

    struct Entry: Sendable {
        var event: Event
        var caller: Caller?
        var method: String
        var path: String
        var status: Int
        var remote: String?
        var requestID: String
    }

    private struct State: ~Copyable {
        var file: RotatedFile
        var failed = 0
    }

    private let logger: Logger
    private let state: Mutex<State>

    /// - Throws: ``ConfigurationError`` when the file cannot be opened.
    init(path: String, logger: Logger) throws(ConfigurationError) {
        self.logger = logger
        do {
            state = Mutex(State(file: try RotatedFile(path: path)))
        } catch {
            throw .unreadable(key: "auditLog", detail: "\(error)")
        }
    }

    /// Lines that could not be written.
    var failures: Int { state.withLock { $0.failed } }

    func write(_ entry: Entry) {
        let line = Self.line(entry, Date())
        let failure: FileError? = state.withLock { state in
            do throws(FileError) {
                try state.file.append(line)
                return nil
            } catch {
                state.failed += 1
                return error
            }
        }
        if let failure { logger.error("the audit log cannot be written", metadata: ["error": "\(failure)"]) }
    }

    private static func line(_ entry: Entry, _ date: Date) -> [UInt8] {
        var json = JSONWriter(pretty: false)
        json.object { json in
            json.key("time")
            json.value(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            json.key("event")
            json.value(entry.event.rawValue)
            if let caller = entry.caller {
                json.key(caller.kind.rawValue)
                json.value(caller.id)
            }
            json.key("method")
            json.value(entry.method)
            json.key("path")
            json.value(String(entry.path.prefix(512)))
            json.key("status")
            json.value(entry.status)
            if let remote = entry.remote {
                json.key("remote")
                json.value(remote)
            }
            json.key("requestId")
            json.value(entry.requestID)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
