internal import Tensors

/// What a run leaves on disk: the output, and beside a file `OUTPUT.journal`, by which a later run goes on.
///
/// While a run goes on its output is `OUTPUT.partial`; it takes its place when the run has ended, whole.
final class RunRecord {
    private let output: String?
    private let format: ResultFormat
    private let identity: RunIdentity
    private let stream: OutputStream?
    private let journal: AppendedFile?
    /// What earlier runs have done.
    let index: JournalIndex
    private var hasStaleOutput: Bool

    private var partialPath: String { (output ?? "") + ".partial" }
    private var journalPath: String { (output ?? "") + ".journal" }

    /// - Parameters:
    ///   - output: a file, a folder for a format of one file a frame, or `nil` for standard output.
    ///   - isResuming: go on behind what the journal says is done; without a journal the run begins anew.
    /// - Throws: `FileError`, ``BatchError``.
    init(output: String?, format: ResultFormat, identity: RunIdentity, isResuming: Bool) throws {
        self.format = format
        self.identity = identity
        guard var output else {
            self.output = nil
            index = JournalIndex()
            hasStaleOutput = false
            journal = nil
            stream = format.isStream ? try OutputStream(format: format) : nil
            return
        }
        while output.count > 1 && output.hasSuffix("/") { output.removeLast() }
        self.output = output
        let (partialPath, journalPath) = (output + ".partial", output + ".journal")
        let isResuming = isResuming && DirectoryListing.exists(journalPath)
        let journal = try AppendedFile(path: journalPath, truncating: false)
        try journal.lock()
        self.journal = journal
        guard isResuming, journal.byteCount > 0 else {
            index = JournalIndex()
            hasStaleOutput = false
            try journal.truncate(to: 0)
            stream = format.isStream ? try OutputStream(format: format, path: partialPath, resumingAt: nil) : nil
            try journal.append(Journal.marker(.partial))
            return
        }
        var index = try JournalIndex(path: journalPath, identity: identity)
        let usesPartial = index.target == .partial && DirectoryListing.exists(partialPath)
        if format.isStream && usesPartial {
            // After a loss of power the journal can be ahead of the output.
            let written = try FileStatus(path: partialPath).byteCount
            if index.outputEnd > written {
                index = try JournalIndex(path: journalPath, identity: identity, outputLimit: written)
            }
        }
        try journal.truncate(to: index.byteCount)
        if format.isStream {
            if !usesPartial {
                try Self.reopen(output, as: partialPath, end: index.outputEnd, format: format, journal: journalPath)
                if index.target == .final { try journal.append(Journal.marker(.partial)) }
            }
            stream = try OutputStream(format: format, path: partialPath, resumingAt: index.outputEnd)
        } else {
            stream = nil
        }
        hasStaleOutput = index.hasStaleOutput
        self.index = index
    }

    /// Makes the growing file from a finished one.
    private static func reopen(
        _ output: String, as partial: String, end: Int, format: ResultFormat, journal: String
    ) throws {
        guard let found = try? FileStatus(path: output), found.byteCount >= end else {
            throw BatchError.journal(
                path: journal,
                detail: "speaks of \(end) bytes of \(output), which are not there; start over without --resume")
        }
        let copy = try AppendedFile(path: partial + ".copy", truncating: true)
        let separator = format == .coco && end > format.header.count ? ResultFormat.cocoSeparator : []
        try FileWriting.copy([0..<end - separator.count], of: output, to: copy)
        try copy.append(separator)
        try copy.synchronize()
        try FileWriting.rename(partial + ".copy", to: partial)
    }

    /// Writes an input's record, then says in the journal that it is done.
    ///
    /// - Parameter replaces: an earlier entry of the input no longer counts.
    func add(_ record: [UInt8], _ entry: JournalEntry, replaces: Bool) throws(FileError) {
        var entry = entry
        entry.output = try stream?.append(record) ?? 0..<0
        if replaces { hasStaleOutput = true }
        try journal?.append(entry.line)
    }

    /// Returns once what has been added would survive a loss of power.
    func synchronize() throws(FileError) {
        try stream?.synchronize()
        try journal?.synchronize()
    }

    /// Ends the output and puts it in its place.
    func finish() throws {
        guard let output, let stream else {
            try self.stream?.finish()
            try journal?.synchronize()
            return
        }
        if hasStaleOutput { return try replaceOutput(output) }
        try stream.finish()
        try FileWriting.rename(partialPath, to: output)
        try journal?.synchronize()
    }

    /// Writes the output anew without what later entries have replaced, and the journal with it.
    ///
    /// Whenever the machine stops, one of the pairs (partial output, old journal), (output, new journal) is whole and found.
    private func replaceOutput(_ output: String) throws {
        try synchronize()
        var last: [UInt64: Int] = [:]
        var number = 0
        try Journal.read(journalPath) { line, _ in
            guard case .entry(let entry) = line else { return }
            if entry.identity == identity { last[JournalIndex.key(entry.path, entry.repetition)] = number }
            number += 1
        }
        let newJournal = try AppendedFile(path: journalPath + ".new", truncating: true)
        try newJournal.append(Journal.marker(.final))
        var live: [Range<Int>] = []
        var end = format.header.count
        number = 0
        try Journal.read(journalPath) { line, _ in
            guard case .entry(var entry) = line else { return }
            defer { number += 1 }
            guard last[JournalIndex.key(entry.path, entry.repetition)] == number else { return }
            let old = entry.output
            if live.last?.upperBound == old.lowerBound {
                live[live.count - 1] = live[live.count - 1].lowerBound..<old.upperBound
            } else {
                live.append(old)
            }
            entry.output = end..<end + old.count
            end += old.count
            try newJournal.append(entry.line)
        }
        let newPath = output + ".new"
        let whole = try OutputStream(format: format, path: newPath, resumingAt: nil)
        try whole.append(live, of: partialPath)
        try whole.finish()
        try newJournal.synchronize()
        try FileWriting.rename(newPath, to: output)
        try FileWriting.rename(journalPath + ".new", to: journalPath)
        try FileWriting.remove(partialPath)
    }
}
