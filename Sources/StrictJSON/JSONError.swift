/// Why a document was refused, or a value could not be written.
package enum JSONError: Error, Sendable, Equatable {
    case limitExceeded(what: String, limit: Int, value: Int)
    /// The bytes are not JSON in UTF-8.
    case malformed(detail: String)
    /// JSON, but not what the schema says.
    case schema(path: JSONPath, fault: Fault)
    case unwritable(detail: String)

    /// What is wrong with one value.
    package enum Fault: Sendable, Equatable {
        case missing
        case unknownKey(known: [String])
        case duplicateKey
        case kind(expected: JSONValue.Kind, found: JSONValue.Kind)
        /// An integer was asked for, and this is none, or none that can be held.
        case fraction(Double)
        case outside(value: String, range: String)
        /// Another number of elements.
        case count(expected: ClosedRange<Int>, found: Int)
        /// A string of another length in UTF-8.
        case byteCount(expected: ClosedRange<Int>, found: Int)
        case choice(found: String, known: [String])
        /// A string or number that breaks JSON's rules, or a number beyond all doubles.
        case unreadable(JSONValue.Kind)
        /// A rule of the schema that only its reader knows.
        case other(String)
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .limitExceeded(let what, let limit, let value): "\(what) is \(value), the limit is \(limit)"
        case .malformed(let detail): "not JSON: \(detail)"
        case .schema(let path, let fault): path.isRoot ? "\(fault)" : "\(path): \(fault)"
        case .unwritable(let detail): "cannot be written as JSON: \(detail)"
        }
    }
}

extension JSONError.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing: "missing"
        case .unknownKey(let known) where known.isEmpty: "unknown key"
        case .unknownKey(let known):
            "unknown key; there \(known.count == 1 ? "is" : "are"): \(known.joined(separator: ", "))"
        case .duplicateKey: "is given twice"
        case .kind(let expected, let found): "expected \(expected.rawValue), found \(found.rawValue)"
        case .fraction(let value): "expected an integer, found \(value)"
        case .outside(let value, let range): "\(value) is outside \(range)"
        case .count(let expected, let found): "expected \(Self.text(expected)) elements, found \(found)"
        case .byteCount(let expected, let found): "expected \(Self.text(expected)) bytes, found \(found)"
        case .choice(let found, let known): "'\(found)' is none of: \(known.joined(separator: ", "))"
        case .unreadable(let kind): "is \(kind.rawValue) that cannot be read"
        case .other(let detail): detail
        }
    }

    /// `3` for one number, `1…8` for several.
    package static func text(_ range: ClosedRange<some CustomStringConvertible>) -> String {
        range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound)…\(range.upperBound)"
    }
}
