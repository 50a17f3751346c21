/// Writes JSON text in the order it is told, numbers in the shortest form that reads back the same.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private let isPretty: Bool
    private var depth = 0
    /// Nothing stands yet in the innermost array or object.
    private var isFirst = true

    /// - Parameter pretty: one member to a line, indented by two spaces; else no white space at all.
    package init(pretty: Bool) { isPretty = pretty }

    package mutating func object(_ body: (inout JSONWriter) -> Void) { nest("{", "}", body) }
    package mutating func array(_ body: (inout JSONWriter) -> Void) { nest("[", "]", body) }

    package mutating func key(_ key: String) {
        element()
        quote(key)
        text(isPretty ? ": " : ":")
    }

    /// To be called before each element of an array.
    package mutating func element() {
        if !isFirst { text(",") }
        isFirst = false
        newline()
    }

    package mutating func value(_ string: String) { quote(string) }
    package mutating func value(_ integer: Int) { text(String(integer)) }
    package mutating func value(_ integer: UInt64) { text(String(integer)) }

    /// `null` for what JSON has no number for.
    package mutating func value(_ number: Float) { text(number.jsonText) }
    /// `null` for what JSON has no number for.
    package mutating func value(_ number: Double) { text(number.jsonText) }

    /// An array of numbers on one line.
    package mutating func values(_ numbers: [Float]) { onOneLine(numbers) { $0.value($1) } }
    /// An array of numbers on one line.
    package mutating func values(_ numbers: [Double]) { onOneLine(numbers) { $0.value($1) } }

    /// A whole document or value: members in the order of their keys' bytes.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: text("null")
        case .bool(let bool): text(bool ? "true" : "false")
        case .number(let number): text(number.description)
        case .string(let string): quote(string)
        case .array(let elements):
            array { json in
                for element in elements {
                    json.element()
                    json.value(element)
                }
            }
        case .object(let members):
            object { json in
                for (key, value) in members.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                    json.key(key)
                    json.value(value)
                }
            }
        }
    }

    private mutating func onOneLine<Element>(_ elements: [Element], _ write: (inout JSONWriter, Element) -> Void) {
        text("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { text(isPretty ? ", " : ",") }
            write(&self, element)
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
