/// Takes the fields of a text message one by one, strictly: what is left over in the end, a field given twice that may stand once, and
/// a value of another kind are errors that name the field.
struct TextFields {
    private var remaining: [TextMessage.Field]
    private var asked: [String] = []
    private let path: String
    /// Where the message begins; 0 for the whole text.
    let line: Int

    init(_ message: TextMessage, path: String = "", line: Int = 0) {
        remaining = message.fields
        self.path = path
        self.line = line
    }

    func error(_ name: String, line: Int? = nil, _ detail: String) -> TextMessageError {
        .field(
            path: path.isEmpty ? name : name.isEmpty ? path : "\(path).\(name)", line: line ?? self.line, detail: detail
        )
    }

    /// All fields of a name, in order.
    mutating func all(_ name: String) -> [TextMessage.Field] {
        asked.append(name)
        let found = remaining.filter { $0.name == name }
        remaining.removeAll { $0.name == name }
        return found
    }

    private mutating func one(_ name: String) throws(TextMessageError) -> TextMessage.Field? {
        let found = all(name)
        if found.count > 1 { throw error(name, line: found[1].line, "stands twice") }
        return found.first
    }

    mutating func text(_ name: String, bytes: ClosedRange<Int> = 1...1024) throws(TextMessageError) -> String? {
        guard let field = try one(name) else { return nil }
        guard case .text(let text) = field.value else {
            throw error(name, line: field.line, "is not a string in quotes")
        }
        guard bytes.contains(text.utf8.count) else {
            throw error(
                name, line: field.line,
                "has \(text.utf8.count) bytes, allowed are \(bytes.lowerBound)…\(bytes.upperBound)")
        }
        return text
    }

    /// A name of an enumeration.
    mutating func word(_ name: String) throws(TextMessageError) -> String? {
        guard let field = try one(name) else { return nil }
        guard case .word(let word) = field.value else { throw error(name, line: field.line, "is not a name") }
        return word
    }

    mutating func bool(_ name: String) throws(TextMessageError) -> Bool? {
        guard let field = try one(name) else { return nil }
        switch field.value {
        case .word("true"), .word("True"), .word("t"), .word("1"): return true
        case .word("false"), .word("False"), .word("f"), .word("0"): return false
        default: throw error(name, line: field.line, "is not true or false")
        }
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(TextMessageError) -> Int? {
        guard let field = try one(name) else { return nil }
        return try integer(field, in: range)
    }

    mutating func integers(_ name: String, in range: ClosedRange<Int>) throws(TextMessageError) -> [Int] {
        var numbers: [Int] = []
        for field in all(name) { numbers.append(try integer(field, in: range)) }
        return numbers
    }

    private func integer(_ field: TextMessage.Field, in range: ClosedRange<Int>) throws(TextMessageError) -> Int {
        guard case .word(let word) = field.value, let number = Self.integer(word) else {
            throw error(field.name, line: field.line, "is not a whole number")
        }
        guard range.contains(number) else {
            throw error(
                field.name, line: field.line, "is \(number), allowed are \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    /// Decimal, `0x` hexadecimal, or octal with a leading zero.
    private static func integer(_ word: String) -> Int? {
        let isNegative = word.hasPrefix("-")
        let digits = isNegative ? String(word.dropFirst()) : word
        guard digits.first?.isNumber == true else { return nil }
        let sign = isNegative ? "-" : ""
        if digits.hasPrefix("0x") || digits.hasPrefix("0X") { return Int(sign + digits.dropFirst(2), radix: 16) }
        return Int(sign + digits, radix: digits.count > 1 && digits.hasPrefix("0") ? 8 : 10)
    }

    mutating func message(_ name: String) throws(TextMessageError) -> TextFields? {
        guard let field = try one(name) else { return nil }
        return try message(field, path: name)
    }

    mutating func messages(_ name: String) throws(TextMessageError) -> [TextFields] {
        var messages: [TextFields] = []
        for (index, field) in all(name).enumerated() {
            messages.append(try message(field, path: "\(name)[\(index)]"))
        }
        return messages
    }

    private func message(_ field: TextMessage.Field, path name: String) throws(TextMessageError) -> TextFields {
        guard case .message(let message) = field.value else {
            throw error(field.name, line: field.line, "is not a message in braces")
        }
        return TextFields(message, path: path.isEmpty ? name : "\(path).\(name)", line: field.line)
    }

    /// - Throws: for the first field that nobody asked for.
    func finish() throws(TextMessageError) {
        guard let field = remaining.first else { return }
        throw error(
            field.name, line: field.line,
            "this field is not obeyed here; those that are: \(asked.joined(separator: ", "))")
    }
}
