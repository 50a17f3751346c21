internal import StrictJSON
internal import Tensors

/// What a run has done so far, on disk: after a crash the next run goes on behind the last entry.
///
/// A file of JSON lines. Entries are appended after the output they speak of, so output behind the last entry belongs to an
/// input that is not done and is cut off. Markers say which file the offsets of the entries before the next marker are in: the
/// one that grows during a run (`partial`) or the finished one (`final`).
enum Journal {
    static let schema = "fovea.journal/1"

    enum Target: String, CaseIterable { case partial, final }

    enum Line {
        case marker(Target)
        case entry(JournalEntry)
    }

    private enum MarkerKey: String, CaseIterable { case schema, file }

    static func marker(_ target: Target) -> [UInt8] {
        Array("{\"schema\":\"\(schema)\",\"file\":\"\(target.rawValue)\"}\n".utf8)
    }

    /// Reads a journal line by line. A last line that was cut off in the writing is left out.
    ///
    /// - Parameter body: takes a line and the bytes up to its end.
    /// - Throws: `FileError`; ``BatchError/journal(path:detail:)`` for a whole line that cannot be read, and what `body` throws.
    static func read(_ path: String, _ body: (Line, Int) throws -> Void) throws {
        let reader = try LineReader(path: path)
        var number = 0
        while let line = try reader.next(), reader.endsWithSeparator {
            number += 1
            do {
                let value = try JSONValue(parsing: line, byteLimit: LineReader.lineLimit)
                if case .object(let members) = value, members["schema"] != nil {
                    var marker = try JSONObject(value, keys: MarkerKey.self)
                    guard try marker.string(.schema) == schema else {
                        throw marker.error(.schema, .other("expected '\(schema)'"))
                    }
                    try body(.marker(try marker.oneOf(.file)), reader.offset)
                } else {
                    guard number > 1 else {
                        throw BatchError.journal(path: path, detail: "does not begin with its schema")
                    }
                    try body(.entry(JournalEntry(JSONObject(value))), reader.offset)
                }
            } catch let error as JSONError {
                throw BatchError.journal(path: path, detail: "line \(number): \(error)")
            }
        }
    }
}
