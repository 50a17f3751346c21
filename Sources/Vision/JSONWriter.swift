/// Writes JSON text in the order it is told, numbers in the shortest form that reads back the same.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private let isPretty: Bool
    private var depth = 0
    /// Nothing stands yet in the innermost array or object.
    private var isFirst = true

    init(pretty: Bool) { isPretty = pretty }

    mutating func object(_ body: (inout JSONWriter) -> Void) { nest("{", "}", body) }
    mutating func array(_ body: (inout JSONWriter) -> Void) { nest("[", "]", body) }

    mutating func key(_ key: String) {
        element()
        quote(key)
        text(isPretty ? ": " : ":")
    }

    /// To be called before each element of an array.
    mutating func element() {
        if !isFirst { text(",") }
        isFirst = false
        newline()
    }

    mutating func value(_ string: String) { quote(string) }
    mutating func value(_ integer: some BinaryInteger) { text(String(integer)) }

    /// `null` for what JSON has no number for.
    mutating func value(_ number: some BinaryFloatingPoint & CustomStringConvertible) {
        guard number.isFinite else { return text("null") }
        let digits = number.description
        text(digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits)
    }

    /// An array of numbers on one line.
    mutating func values(_ numbers: [some BinaryFloatingPoint & CustomStringConvertible]) {
        text("[")
        for (index, number) in numbers.enumerated() {
            if index > 0 { text(isPretty ? ", " : ",") }
            value(number)
        }
        text("]")
    }

    private mutating func nest(_ open: String, _ close: String, _ body: (inout JSONWriter) -> Void) {
        text(open)
        depth += 1
        isFirst = true
        body(&self)
        depth -= 1
        if !isFirst { newline() }
        isFirst = false
        text(close)
    }

    private mutating func newline() {
        guard isPretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func text(_ string: String) { bytes.append(contentsOf: string.utf8) }

    private mutating func quote(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): text("\\\"")
            case UInt8(ascii: "\\"): text("\\\\")
            case UInt8(ascii: "\n"): text("\\n")
            case UInt8(ascii: "\r"): text("\\r")
            case UInt8(ascii: "\t"): text("\\t")
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                text("\\u00")
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
