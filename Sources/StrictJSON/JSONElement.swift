/// A value and where it stands.
package struct JSONElement: Sendable {
    package let value: JSONValue
    package let path: JSONPath

    package init(_ value: JSONValue, at path: JSONPath) {
        self.value = value
        self.path = path
    }

    package func object<Key>(keys _: Key.Type = Key.self) throws(JSONError) -> JSONObject<Key> {
        try JSONObject(value, at: path)
    }

    package func array(count: ClosedRange<Int> = 0...Int.max) throws(JSONError) -> [JSONElement] {
        guard case .array(let values) = value else { throw unexpected(.array) }
        guard count.contains(values.count) else { throw error(.count(expected: count, found: values.count)) }
        return values.enumerated().map { JSONElement($0.element, at: path.appending($0.offset)) }
    }

    /// - Parameter bytes: lengths in UTF-8 that are allowed.
    package func string(bytes: ClosedRange<Int> = 0...Int.max) throws(JSONError) -> String {
        guard case .string(let string) = value else { throw unexpected(.string) }
        guard bytes.contains(string.utf8.count) else {
            throw error(.byteCount(expected: bytes, found: string.utf8.count))
        }
        return string
    }

    /// - Parameter range: `nil` for every number.
    package func number(in range: ClosedRange<Double>? = nil) throws(JSONError) -> Double {
        guard case .number(let number) = value else { throw unexpected(.number) }
        if let range, !range.contains(number.double) {
            throw error(.outside(value: "\(number.double)", range: JSONError.Fault.text(range)))
        }
        return number.double
    }

    /// A number without fraction, however it is spelled: `416`, `416.0` and `4.16e2` are the same.
    package func integer<Integer: FixedWidthInteger>(
        in range: ClosedRange<Integer> = Integer.min...Integer.max
    ) throws(JSONError) -> Integer {
        guard case .number(let number) = value else { throw unexpected(.integer) }
        guard let integer = number.exactly(Integer.self) else { throw error(.fraction(number.double)) }
        guard range.contains(integer) else {
            throw error(.outside(value: "\(integer)", range: JSONError.Fault.text(range)))
        }
        return integer
    }

    package func numbers(count: Int, in range: ClosedRange<Double>? = nil) throws(JSONError) -> [Double] {
        try array(count: count...count).map { element throws(JSONError) in try element.number(in: range) }
    }

    package func error(_ fault: JSONError.Fault) -> JSONError { .schema(path: path, fault: fault) }

    private func unexpected(_ kind: JSONValue.Kind) -> JSONError {
        error(.kind(expected: kind, found: value.kind))
    }
}
