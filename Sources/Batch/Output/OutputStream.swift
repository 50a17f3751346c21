internal import Tensors

/// The one stream of a run's answers: standard output, or a file that grows beside its final place and is renamed to it.
final class OutputStream {
    private let format: ResultFormat
    private let file: AppendedFile
    private let isStandardOutput: Bool
    /// Whether the last bytes are a separator that must not end the file.
    private var endsWithSeparator = false

    /// Standard output.
    init(format: ResultFormat) throws(FileError) {
        self.format = format
        isStandardOutput = true
        file = try AppendedFile(path: "-", truncating: false)
        try file.append(format.header)
    }

    /// A file: a new one, or for `resumingAt` the one there is, cut to so many bytes.
    init(format: ResultFormat, path: String, resumingAt end: Int?) throws(FileError) {
        self.format = format
        isStandardOutput = false
        file = try AppendedFile(path: path, truncating: end == nil)
        if let end, end >= format.header.count {
            try file.truncate(to: end)
            endsWithSeparator = format == .coco && end > format.header.count
        } else {
            try file.truncate(to: 0)
            try file.append(format.header)
        }
    }

    var byteCount: Int { file.byteCount }

    /// - Returns: where the record lies.
    func append(_ record: [UInt8]) throws(FileError) -> Range<Int> {
        let start = file.byteCount
        if isStandardOutput && format == .coco {
            // A pipe cannot be shortened, so separators go in front.
            guard !record.isEmpty else { return start..<start }
            if endsWithSeparator { try file.append(ResultFormat.cocoSeparator) }
            try file.append(Array(record.dropLast(ResultFormat.cocoSeparator.count)))
        } else {
            try file.append(record)
        }
        if !record.isEmpty { endsWithSeparator = format == .coco }
        return start..<file.byteCount
    }

    /// Appends records that lie in another file of this format.
    func append(_ ranges: [Range<Int>], of path: String) throws(FileError) {
        try FileWriting.copy(ranges, of: path, to: file)
        if ranges.contains(where: { !$0.isEmpty }) { endsWithSeparator = format == .coco }
    }

    func synchronize() throws(FileError) { try file.synchronize() }

    /// Ends the stream; what is in the file is then whole.
    func finish() throws(FileError) {
        if endsWithSeparator && !isStandardOutput {
            try file.truncate(to: file.byteCount - ResultFormat.cocoSeparator.count)
        }
        try file.append(format.footer)
        try file.synchronize()
    }
}
