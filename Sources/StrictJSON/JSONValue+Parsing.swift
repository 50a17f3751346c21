internal import FoundationEssentials

extension JSONValue {
    /// Reads one document: JSON as RFC 8259 has it, in UTF-8.
    ///
    /// Size and depth are checked before anything is parsed.
    /// - Throws: `JSONError.limitExceeded`; `malformed` when it is not JSON; `schema` with the path of a key that is given twice,
    ///   and of a string or number that breaks JSON's rules or that no double can hold.
    package init(
        parsing bytes: UnsafeRawBufferPointer, byteLimit: Int, depthLimit: Int = 64
    ) throws(JSONError) {
        guard bytes.count <= byteLimit else {
            throw .limitExceeded(what: "bytes", limit: byteLimit, value: bytes.count)
        }
        // The parser would take UTF-16 and UTF-32 as well, which the outline cannot read. Both show in a zero byte.
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            throw .malformed(detail: "not text in UTF-8")
        }
        try JSONOutline.check(bytes, depthLimit: depthLimit)
        do {
            self = try JSONDecoder().decode(Document.self, from: Data(bytes)).value
        } catch let error as JSONError {
            throw error
        } catch {
            throw .malformed(detail: Self.reason(of: error))
        }
    }

    package init(parsing bytes: [UInt8], byteLimit: Int, depthLimit: Int = 64) throws(JSONError) {
        // The typed error does not pass through the closure of `withUnsafeBytes`.
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in
                try JSONValue(parsing: bytes, byteLimit: byteLimit, depthLimit: depthLimit)
            }
        }
        self = try result.get()
    }

    private static func reason(of error: any Error) -> String {
        guard case .dataCorrupted(let context)? = error as? DecodingError else { return "\(error)" }
        return context.underlyingError.map { "\($0)" } ?? context.debugDescription
    }
}

/// A value on its way out of the parser.
private struct Document: Decodable {
    let value: JSONValue

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .null
        } else if let string = try Self.attempt(.string, decoder, { try container.decode(String.self) }) {
            value = .string(string)
        } else if let number = try Self.attempt(.number, decoder, { try container.decode(Double.self) }) {
            let integer = try? container.decode(Int128.self)
            value = .number(JSONNumber(number, parsedInteger: integer))
        } else if let bool = try? container.decode(Bool.self) {
            value = .bool(bool)
        } else if var elements = try? decoder.unkeyedContainer() {
            var values: [JSONValue] = []
            while !elements.isAtEnd { values.append(try elements.decode(Document.self).value) }
            value = .array(values)
        } else {
            let members = try decoder.container(keyedBy: AnyKey.self)
            var values: [String: JSONValue] = [:]
            for key in members.allKeys {
                values[key.stringValue] = try members.decode(Document.self, forKey: key).value
            }
            value = .object(values)
        }
    }

    /// `nil` for a value of another kind. Strings and numbers are parsed only when they are asked for, so this is also where
    /// their faults show: a bad escape, a leading zero, an exponent beyond all doubles.
    private static func attempt<Value>(
        _ kind: JSONValue.Kind, _ decoder: any Decoder, _ decode: () throws -> Value
    ) throws -> Value? {
        do {
            return try decode()
        } catch DecodingError.typeMismatch {
            return nil
        } catch {
            throw JSONError.schema(path: JSONPath(decoder.codingPath), fault: .unreadable(kind))
        }
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension JSONPath {
    init(_ codingPath: [any CodingKey]) {
        self.init(codingPath.map { key in key.intValue.map { .index($0) } ?? .key(key.stringValue) })
    }
}
