internal import Glibc

/// The parts of a `multipart/form-data` body (RFC 7578, RFC 2046 section 5.1.1), as ranges into it.
struct MultipartForm {
    struct Part: Equatable {
        var name: String
        var filename: String?
        var contentType: String?
        var range: Range<Int>
    }

    static let maximumParts = 64
    /// Bytes of the header of one part.
    static let maximumPartHeaderBytes = 8 << 10

    let parts: [Part]

    /// Splits `body` at `boundary` (1…70 characters, without the leading hyphens).
    ///
    /// - Throws: 400 for a body that breaks the format or ends before its last boundary, 413 for one with too many
    ///   parts or too large a part header.
    init(_ body: UnsafeRawBufferPointer, boundary: String) throws(Problem) {
        guard (1...70).contains(boundary.utf8.count) else {
            throw Self.fault("the boundary has \(boundary.utf8.count) characters, not 1…70")
        }
        let scanner = Scanner(body: body, delimiter: Array("\r\n--\(boundary)".utf8))
        var parts: [Part] = []
        var delimiter = try scanner.firstDelimiter()
        while !delimiter.isLast {
            guard parts.count < Self.maximumParts else {
                throw .tooMany("number of parts", limit: Self.maximumParts, value: parts.count + 1)
            }
            let (header, start) = try scanner.header(from: delimiter.end)
            guard let next = scanner.delimiter(from: start - 2) else {
                throw Self.fault("the body ends inside part \(parts.count + 1)")
            }
            parts.append(try Self.part(header, range: start..<max(start, next.start)))
            delimiter = next
        }
        self.parts = parts
    }

    private static func fault(_ detail: String) -> Problem {
        .malformed("multipart/form-data: \(detail)", field: "body")
    }

    private static func part(_ header: String, range: Range<Int>) throws(Problem) -> Part {
        var disposition: HeaderElement?
        var contentType: String?
        for line in header.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { throw fault("a part has a header line without a colon") }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            switch line[..<colon].lowercased() {
            case "content-disposition":
                disposition = try HeaderElement.single(String(value), field: "Content-Disposition")
            case "content-type": contentType = String(value)
            case "content-transfer-encoding":
                guard ["binary", "7bit", "8bit"].contains(value.lowercased()) else {
                    throw fault("a part is encoded as '\(value.prefix(32))'; send it as it is")
                }
            default: break
            }
        }
        guard let disposition, disposition.value == "form-data", let name = disposition.parameters["name"] else {
            throw fault("a part has no Content-Disposition: form-data with a name")
        }
        return Part(name: name, filename: disposition.parameters["filename"], contentType: contentType, range: range)
    }

    /// Finds delimiters and part headers. Offsets are into the body.
    private struct Scanner {
        let body: UnsafeRawBufferPointer
        /// Line break, two hyphens, boundary.
        let delimiter: [UInt8]

        struct Delimiter {
            /// Where the line break before it begins; content ends here.
            var start: Int
            /// The first byte after its line.
            var end: Int
            var isLast: Bool
        }

        /// The first delimiter may stand at the very beginning, without a line break before it.
        func firstDelimiter() throws(Problem) -> Delimiter {
            let bare = delimiter.dropFirst(2)
            if body.count >= bare.count, zip(body, bare).allSatisfy({ $0 == $1 }),
                let first = line(after: bare.count, start: 0)
            {
                return first
            }
            guard let first = delimiter(from: 0) else { throw fault("the boundary does not occur in the body") }
            return first
        }

        /// The next delimiter whose line break is at `position` or later.
        func delimiter(from position: Int) -> Delimiter? {
            var position = max(0, position)
            while let start = find(delimiter, from: position) {
                if let found = line(after: start + delimiter.count, start: start) { return found }
                position = start + 1
            }
            return nil
        }

        /// What follows a boundary decides whether it is one: `--`, or only blanks up to the line's end.
        private func line(after position: Int, start: Int) -> Delimiter? {
            if position + 2 <= body.count, body[position] == 0x2D, body[position + 1] == 0x2D {
                return Delimiter(start: start, end: position + 2, isLast: true)
            }
            var position = position
            while position < body.count, body[position] == 0x20 || body[position] == 0x09 { position += 1 }
            guard position + 2 <= body.count, body[position] == 0x0D, body[position + 1] == 0x0A else { return nil }
            return Delimiter(start: start, end: position + 2, isLast: false)
        }

        /// The header of the part that begins at `position`, and where its content begins.
        func header(from position: Int) throws(Problem) -> (String, Int) {
            let window = body[position..<min(body.count, position + MultipartForm.maximumPartHeaderBytes + 4)]
            // The line break of the delimiter's line counts: a part may have no header lines at all.
            guard let end = find([0x0D, 0x0A, 0x0D, 0x0A], from: position - 2), end < window.endIndex else {
                guard window.endIndex == body.count else {
                    throw .tooMany(
                        "bytes of a part's header", limit: MultipartForm.maximumPartHeaderBytes, value: window.count)
                }
                throw fault("the body ends inside a part's header")
            }
            let text = end > position ? String(decoding: body[position..<end], as: UTF8.self) : ""
            return (text, end + 4)
        }

        private func find(_ needle: [UInt8], from position: Int) -> Int? {
            guard let base = body.baseAddress, position <= body.count else { return nil }
            var position = max(0, position)
            while position + needle.count <= body.count {
                // memchr skips most of a file at the speed of memory.
                guard let hit = memchr(base + position, Int32(needle[0]), body.count - position - needle.count + 1)
                else { return nil }
                position = UnsafeRawPointer(hit) - base
                if memcmp(base + position, needle, needle.count) == 0 { return position }
                position += 1
            }
            return nil
        }
    }
}
