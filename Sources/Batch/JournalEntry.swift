internal import StrictJSON
package import Tensors

/// One line of a journal: an input that has been dealt with, what decided its answer, and where its output lies.
package struct JournalEntry: Sendable, Equatable {
    package enum Status: String, Sendable, CaseIterable { case answered, failed }

    package var path: String
    /// How often the same path came before it in the selection.
    package var repetition = 0
    /// What its pictures and label files are called.
    package var name: String
    /// Digest of the content; `nil` when it could not be read.
    package var sha256: String?
    /// `nil` when there was no file to look at.
    package var file: FileStatus?
    package var identity: RunIdentity
    package var status: Status
    package var error: String?
    /// Bytes of the output that are this input's.
    package var output: Range<Int>

    package init(
        path: String, name: String, sha256: String?, file: FileStatus?, identity: RunIdentity, status: Status,
        error: String? = nil, output: Range<Int>
    ) {
        self.path = path
        self.name = name
        self.sha256 = sha256
        self.file = file
        self.identity = identity
        self.status = status
        self.error = error
        self.output = output
    }
}

extension JournalEntry {
    enum Key: String, CaseIterable {
        case path, repetition = "repeat", name, sha256, size, mtime, model, isp, options, status, error, start, end
    }

    /// One line with its line break.
    var line: [UInt8] {
        var json = JSONWriter(pretty: false)
        json.object { json in
            json.string(.path, path)
            if repetition > 0 { json.integer(.repetition, repetition) }
            json.string(.name, name)
            json.string(.sha256, sha256)
            json.integer(.size, file?.byteCount)
            json.integer(.mtime, file.map { Int($0.modified) })
            json.string(.model, identity.model)
            json.string(.isp, identity.isp)
            json.string(.options, identity.options)
            json.string(.status, status.rawValue)
            json.string(.error, error)
            json.integer(.start, output.lowerBound)
            json.integer(.end, output.upperBound)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    init(_ reader: JSONObject<Key>) throws(JSONError) {
        var reader = reader
        path = try reader.string(.path)
        repetition = reader.has(.repetition) ? try reader.integer(.repetition, in: 0...Int.max) : 0
        name = try reader.string(.name)
        sha256 = reader.has(.sha256) ? try reader.string(.sha256, bytes: 64...64) : nil
        if reader.has(.size) {
            file = FileStatus(
                byteCount: try reader.integer(.size, in: 0...Int.max), modified: try reader.integer(.mtime))
        }
        identity = RunIdentity(
            model: try reader.string(.model), isp: try reader.string(.isp), options: try reader.string(.options))
        status = try reader.oneOf(.status)
        error = reader.has(.error) ? try reader.string(.error) : nil
        let start = try reader.integer(.start, in: 0...Int.max)
        output = start..<(try reader.integer(.end, in: start...Int.max))
    }
}

extension JSONWriter {
    fileprivate mutating func string(_ key: JournalEntry.Key, _ value: String?) {
        guard let value else { return }
        self.key(key.rawValue)
        self.value(value)
    }

    fileprivate mutating func integer(_ key: JournalEntry.Key, _ value: Int?) {
        guard let value else { return }
        self.key(key.rawValue)
        self.value(value)
    }
}
