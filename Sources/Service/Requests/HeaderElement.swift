/// A header value with parameters, `form-data; name="file"`: the form that Content-Type, Content-Disposition and the
/// elements of Accept share (RFC 9110 section 5.6).
struct HeaderElement: Equatable {
    /// Lower case.
    var value: String
    /// Names in lower case, values without their quotes.
    var parameters: [String: String]

    /// Reads one element.
    static func single(_ text: String, field: String) throws(Problem) -> HeaderElement {
        var reader = Reader(text: text.utf8, field: field)
        let element = try reader.element()
        guard reader.atEnd else { throw reader.fault("has more than one value") }
        return element
    }

    /// Reads elements separated by commas; empty ones are skipped. At most 64.
    static func list(_ text: String, field: String) throws(Problem) -> [HeaderElement] {
        var reader = Reader(text: text.utf8, field: field)
        var elements: [HeaderElement] = []
        while true {
            reader.skipSpace()
            if !reader.atEnd, reader.next() != UInt8(ascii: ",") { elements.append(try reader.element()) }
            guard elements.count <= 64 else { throw reader.fault("has more than 64 elements") }
            guard !reader.atEnd else { return elements }
            reader.advance()
        }
    }

    private struct Reader {
        let text: String.UTF8View
        let field: String
        var position: String.UTF8View.Index

        init(text: String.UTF8View, field: String) {
            self.text = text
            self.field = field
            position = text.startIndex
        }

        var atEnd: Bool { position == text.endIndex }
        func next() -> UInt8? { atEnd ? nil : text[position] }
        mutating func advance() { if !atEnd { position = text.index(after: position) } }

        func fault(_ detail: String) -> Problem { .malformed("\(field) \(detail)", field: field) }

        mutating func skipSpace() {
            while let byte = next(), byte == 0x20 || byte == 0x09 { advance() }
        }

        /// Reads up to a comma or the end.
        mutating func element() throws(Problem) -> HeaderElement {
            skipSpace()
            let value = run(until: { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ",") }).lowercased()
            guard !value.isEmpty else { throw fault("has no value") }
            var parameters: [String: String] = [:]
            while next() == UInt8(ascii: ";") {
                advance()
                skipSpace()
                guard let byte = next(), byte != UInt8(ascii: ";"), byte != UInt8(ascii: ",") else { continue }
                let name = run(until: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ",") })
                    .lowercased()
                guard next() == UInt8(ascii: "=") else { throw fault("has a parameter '\(name)' without a value") }
                advance()
                let content =
                    next() == UInt8(ascii: "\"")
                    ? try quoted() : run { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ",") }
                guard parameters.updateValue(content, forKey: name) == nil else {
                    throw fault("names '\(name)' twice")
                }
            }
            return HeaderElement(value: value, parameters: parameters)
        }

        /// Bytes up to one that `stop` names, without spaces at the end.
        private mutating func run(until stop: (UInt8) -> Bool) -> String {
            let start = position
            while let byte = next(), !stop(byte) { advance() }
            var end = position
            while end > start {
                let before = text.index(before: end)
                guard text[before] == 0x20 || text[before] == 0x09 else { break }
                end = before
            }
            return String(Substring(text[start..<end]))
        }

        private mutating func quoted() throws(Problem) -> String {
            advance()
            var bytes: [UInt8] = []
            while let byte = next() {
                advance()
                switch byte {
                case UInt8(ascii: "\""):
                    skipSpace()
                    if let after = next(), after != UInt8(ascii: ";"), after != UInt8(ascii: ",") {
                        throw fault("goes on after a closing quote")
                    }
                    return String(decoding: bytes, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    // Browsers send back slashes of file names unescaped; only a quote or a slash can be escaped.
                    if let escaped = next(), escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") {
                        bytes.append(escaped)
                        advance()
                    } else {
                        bytes.append(byte)
                    }
                default: bytes.append(byte)
                }
            }
            throw fault("has a quote that does not end")
        }
    }
}
