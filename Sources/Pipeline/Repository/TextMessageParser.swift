/// Reads the text form of Protocol Buffers. Extensions and messages of type `Any` (`[name]` in place of a field's name) are refused.
struct TextMessageParser {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var fieldCount = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private static let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_".utf8)
    private static let wordBytes = letters.union("0123456789.+-".utf8)

    /// Fields up to `end`, which is taken; with `nil` up to the end of the text.
    mutating func message(until end: UInt8?, depth: Int) throws(TextMessageError) -> TextMessage {
        guard depth <= TextMessage.depthLimit else {
            throw .limitExceeded(what: "messages in one another", limit: TextMessage.depthLimit, value: depth)
        }
        var message = TextMessage()
        while true {
            guard let next = peek() else {
                guard let end else { return message }
                throw malformed("the text ends where '\(Self.character(end))' is missing")
            }
            if next == end {
                position += 1
                return message
            }
            try field(into: &message, depth: depth)
            if let separator = peek(), separator == UInt8(ascii: ",") || separator == UInt8(ascii: ";") {
                position += 1
            }
        }
    }

    private mutating func field(into message: inout TextMessage, depth: Int) throws(TextMessageError) {
        let (name, line) = (try word("a field's name"), line)
        guard let first = name.utf8.first, Self.letters.contains(first) else {
            throw malformed("'\(name)' is not a field's name")
        }
        let hasColon = peek() == UInt8(ascii: ":")
        if hasColon { position += 1 }
        guard peek() == UInt8(ascii: "[") else {
            try add(try value(hasColon: hasColon, depth: depth), name, line, to: &message)
            return
        }
        position += 1
        if peek() == UInt8(ascii: "]") {
            position += 1
            return
        }
        while true {
            try add(try value(hasColon: hasColon, depth: depth), name, line, to: &message)
            switch peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return
            default: throw malformed("the list of '\(name)' goes on with neither ',' nor ']'")
            }
        }
    }

    private mutating func add(
        _ value: TextMessage.Value, _ name: String, _ line: Int, to message: inout TextMessage
    ) throws(TextMessageError) {
        fieldCount += 1
        guard fieldCount <= TextMessage.fieldLimit else {
            throw .limitExceeded(what: "fields", limit: TextMessage.fieldLimit, value: fieldCount)
        }
        message.fields.append(.init(name: name, value: value, line: line))
    }

    /// Messages stand with or without a colon, everything else needs it.
    private mutating func value(hasColon: Bool, depth: Int) throws(TextMessageError) -> TextMessage.Value {
        switch peek() {
        case UInt8(ascii: "{"):
            position += 1
            return .message(try message(until: UInt8(ascii: "}"), depth: depth + 1))
        case UInt8(ascii: "<"):
            position += 1
            return .message(try message(until: UInt8(ascii: ">"), depth: depth + 1))
        case _ where !hasColon: throw malformed("':' is missing before a value")
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .text(try strings())
        default: return .word(try word("a value"))
        }
    }

    /// Letters, digits and signs: names and numbers.
    private mutating func word(_ what: String) throws(TextMessageError) -> String {
        guard let next = peek() else { throw malformed("the text ends where \(what) is missing") }
        let start = position
        while position < bytes.count, Self.wordBytes.contains(bytes[position]) { position += 1 }
        guard position > start else { throw malformed("'\(Self.character(next))' where \(what) is missing") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Strings that follow each other are one.
    private mutating func strings() throws(TextMessageError) -> String {
        var content: [UInt8] = []
        while let quote = peek(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            position += 1
            try string(until: quote, into: &content)
        }
        guard let text = String(validating: content, as: UTF8.self) else { throw malformed("a string is not UTF-8") }
        return text
    }

    private mutating func string(until quote: UInt8, into content: inout [UInt8]) throws(TextMessageError) {
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case quote: return
            case UInt8(ascii: "\n"): throw malformed("a string goes on over the end of its line")
            case UInt8(ascii: "\\"): content.append(try escape())
            default: content.append(byte)
            }
        }
        throw malformed("the text ends within a string")
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "a"): 7,
        UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "v"): 11, UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "'"): UInt8(ascii: "'"),
        UInt8(ascii: "?"): UInt8(ascii: "?"),
    ]

    /// What follows a backslash. `\u` is refused: bytes can be written as they are.
    private mutating func escape() throws(TextMessageError) -> UInt8 {
        guard position < bytes.count else { throw malformed("the text ends within a string") }
        let kind = bytes[position]
        if let byte = Self.escapes[kind] {
            position += 1
            return byte
        }
        let isHexadecimal = kind == UInt8(ascii: "x") || kind == UInt8(ascii: "X")
        if isHexadecimal { position += 1 }
        var digits = ""
        while position < bytes.count, digits.count < (isHexadecimal ? 2 : 3) {
            let digit = Self.character(bytes[position])
            guard isHexadecimal ? digit.isHexDigit : ("0"..."7").contains(digit) else { break }
            digits.append(digit)
            position += 1
        }
        guard let byte = UInt8(digits, radix: isHexadecimal ? 16 : 8) else {
            throw malformed("'\\\(Self.character(kind))' is not an escape")
        }
        return byte
    }

    /// The next byte that is neither space nor comment.
    private mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\n"):
                line += 1
                position += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), 11, 12: position += 1
            case UInt8(ascii: "#"):
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
            case let byte: return byte
            }
        }
        return nil
    }

    private func malformed(_ detail: String) -> TextMessageError { .malformed(line: line, detail: detail) }

    private static func character(_ byte: UInt8) -> Character { Character(UnicodeScalar(byte)) }
}
