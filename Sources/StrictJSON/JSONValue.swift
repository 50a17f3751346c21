/// Any JSON, read whole and judged afterwards, so that complaints can name the key at fault.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    package static func number(_ value: Double) -> JSONValue { .number(JSONNumber(value)) }

    package static func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }

    /// What a value is, for messages.
    package enum Kind: String, Sendable {
        case null
        case bool = "a boolean"
        case number = "a number"
        case integer = "an integer"
        case string = "a string"
        case array = "an array"
        case object = "an object"
    }

    /// Never `integer`: JSON knows only numbers.
    package var kind: Kind {
        switch self {
        case .null: .null
        case .bool: .bool
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }
}

extension JSONValue {
    /// The one text of this value: keys in the order of their UTF-8 bytes, no white space, numbers as ``JSONNumber``
    /// describes them, strings escaped only where JSON demands it. Equal values have equal texts, so it can be hashed.
    package var canonicalText: String {
        var writer = JSONWriter(pretty: false)
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
