/// Takes the members of one JSON object, each as the type and within the range that a schema gives it.
///
/// A key that is no `Key` is refused at once, never ignored: a misspelt key would otherwise do nothing, silently. Where what
/// one member says decides which others there may be, ``finish()`` refuses those left over.
package struct JSONObject<Key: RawRepresentable<String> & CaseIterable> {
    package let path: JSONPath
    private var members: [String: JSONValue]

    package init(_ value: JSONValue, at path: JSONPath = .root, keys _: Key.Type = Key.self) throws(JSONError) {
        guard case .object(let members) = value else {
            throw .schema(path: path, fault: .kind(expected: .object, found: value.kind))
        }
        if let unknown = members.keys.filter({ Key(rawValue: $0) == nil }).min() {
            throw .schema(path: path.appending(unknown), fault: .unknownKey(known: Key.allCases.map(\.rawValue)))
        }
        self.path = path
        self.members = members
    }

    /// Throws unless every member has been taken.
    package func finish() throws(JSONError) {
        if let key = members.keys.min() {
            throw .schema(path: path.appending(key), fault: .unknownKey(known: []))
        }
    }

    package func error(_ key: Key, _ fault: JSONError.Fault) -> JSONError {
        .schema(path: path.appending(key.rawValue), fault: fault)
    }

    package func has(_ key: Key) -> Bool { members[key.rawValue] != nil }

    /// Whether the key is there with anything but `null`.
    package func hasValue(_ key: Key) -> Bool { has(key) && members[key.rawValue] != .null }

    /// Takes whatever stands behind a key; `nil` where the key is absent.
    package mutating func element(_ key: Key) -> JSONElement? {
        members.removeValue(forKey: key.rawValue).map { JSONElement($0, at: path.appending(key.rawValue)) }
    }

    private mutating func required(_ key: Key) throws(JSONError) -> JSONElement {
        guard let element = element(key) else { throw error(key, .missing) }
        return element
    }
}

extension JSONObject {
    package mutating func object<Inner>(
        _ key: Key, keys _: Inner.Type = Inner.self
    ) throws(JSONError) -> JSONObject<Inner> {
        try required(key).object()
    }

    package mutating func array(_ key: Key, count: ClosedRange<Int> = 0...Int.max) throws(JSONError) -> [JSONElement] {
        try required(key).array(count: count)
    }

    /// - Parameter bytes: lengths in UTF-8 that are allowed.
    package mutating func string(_ key: Key, bytes: ClosedRange<Int> = 0...Int.max) throws(JSONError) -> String {
        try required(key).string(bytes: bytes)
    }

    package mutating func number(_ key: Key, in range: ClosedRange<Double>? = nil) throws(JSONError) -> Double {
        try required(key).number(in: range)
    }

    package mutating func integer<Integer: FixedWidthInteger>(
        _ key: Key, in range: ClosedRange<Integer> = Integer.min...Integer.max
    ) throws(JSONError) -> Integer {
        try required(key).integer(in: range)
    }

    package mutating func strings(
        _ key: Key, count: ClosedRange<Int>, bytes: ClosedRange<Int>
    ) throws(JSONError) -> [String] {
        try array(key, count: count).map { element throws(JSONError) in try element.string(bytes: bytes) }
    }

    package mutating func numbers(
        _ key: Key, count: Int, in range: ClosedRange<Double>? = nil
    ) throws(JSONError) -> [Double] {
        try required(key).numbers(count: count, in: range)
    }

    package mutating func integers(
        _ key: Key, count: ClosedRange<Int>, in range: ClosedRange<Int>
    ) throws(JSONError) -> [Int] {
        try array(key, count: count).map { element throws(JSONError) in try element.integer(in: range) }
    }

    /// A string that is the raw value of one of the cases.
    package mutating func oneOf<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: Key, as _: Choice.Type = Choice.self
    ) throws(JSONError) -> Choice {
        let name = try string(key, bytes: 1...1024)
        guard let choice = Choice(rawValue: name) else {
            throw error(key, .choice(found: name, known: Choice.allCases.map(\.rawValue)))
        }
        return choice
    }
}
