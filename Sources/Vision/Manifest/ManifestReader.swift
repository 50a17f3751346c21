/// Takes the keys of one JSON object one by one, and complains about what it did not know in the end.
struct ManifestReader {
    private let path: String
    private var fields: [String: JSONValue]

    init(_ value: JSONValue, path: String) throws(VisionError) {
        guard case .object(let fields) = value else {
            throw .malformedManifest(path: path, detail: "expected an object, found \(value.kind)")
        }
        self.path = path
        self.fields = fields
    }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func error(_ key: String, _ detail: String) -> VisionError {
        .malformedManifest(path: path(of: key), detail: detail)
    }

    /// To be called last: every key must have been taken.
    func finish() throws(VisionError) {
        if let key = fields.keys.min() { throw error(key, "unknown key") }
    }

    mutating func value(_ key: String) throws(VisionError) -> JSONValue {
        guard let value = fields.removeValue(forKey: key) else { throw error(key, "missing") }
        return value
    }

    func has(_ key: String) -> Bool { fields[key] != nil }

    mutating func object(_ key: String) throws(VisionError) -> ManifestReader {
        let path = path(of: key)
        return try ManifestReader(value(key), path: path)
    }

    /// An array of `count` values with their paths.
    mutating func array(
        _ key: String, count: ClosedRange<Int>
    ) throws(VisionError) -> [(path: String, value: JSONValue)] {
        let found = try value(key)
        guard case .array(let values) = found else { throw error(key, "expected an array, found \(found.kind)") }
        guard count.contains(values.count) else {
            throw error(key, "expected \(Self.text(count)) elements, found \(values.count)")
        }
        let path = path(of: key)
        return values.enumerated().map { ("\(path)[\($0.offset)]", $0.element) }
    }

    mutating func string(_ key: String, bytes: ClosedRange<Int> = 1...1024) throws(VisionError) -> String {
        let path = path(of: key)
        return try Self.string(value(key), path: path, bytes: bytes)
    }

    mutating func optionalString(_ key: String) throws(VisionError) -> String? {
        has(key) ? try string(key) : nil
    }

    mutating func strings(
        _ key: String, count: ClosedRange<Int>, bytes: ClosedRange<Int>
    ) throws(VisionError) -> [String] {
        var strings: [String] = []
        for (path, value) in try array(key, count: count) {
            strings.append(try Self.string(value, path: path, bytes: bytes))
        }
        return strings
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) throws(VisionError) -> Double {
        let path = path(of: key)
        return try Self.number(value(key), path: path, in: range)
    }

    mutating func numbers(_ key: String, count: Int, in range: ClosedRange<Double>) throws(VisionError) -> [Double] {
        var numbers: [Double] = []
        for (path, value) in try array(key, count: count...count) {
            numbers.append(try Self.number(value, path: path, in: range))
        }
        return numbers
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(VisionError) -> Int {
        let path = path(of: key)
        return try Self.integer(value(key), path: path, in: range)
    }

    mutating func integers(
        _ key: String, count: ClosedRange<Int>, in range: ClosedRange<Int>
    ) throws(VisionError) -> [Int] {
        var integers: [Int] = []
        for (path, value) in try array(key, count: count) {
            integers.append(try Self.integer(value, path: path, in: range))
        }
        return integers
    }

    mutating func oneOf<Choice: RawRepresentable & CaseIterable>(
        _ key: String, as type: Choice.Type = Choice.self
    ) throws(VisionError) -> Choice where Choice.RawValue == String {
        let name = try string(key)
        guard let choice = Choice(rawValue: name) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(key, "'\(name)' is none of: \(known)")
        }
        return choice
    }

    /// 64 lower-case hexadecimal digits.
    mutating func digest(_ key: String) throws(VisionError) -> String {
        let digest = try string(key)
        let digits = Set("0123456789abcdef".utf8)
        guard digest.utf8.count == 64, digest.utf8.allSatisfy(digits.contains) else {
            throw error(key, "expected 64 lower-case hexadecimal digits")
        }
        return digest
    }

    /// A name that is safe as the name of a folder.
    mutating func folderName(_ key: String, bytes: ClosedRange<Int>) throws(VisionError) -> String {
        let name = try string(key, bytes: bytes)
        let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
        let others = Set("._-".utf8)
        guard name.utf8.allSatisfy({ letters.contains($0) || others.contains($0) }),
            name.utf8.first.map(letters.contains) == true
        else {
            throw error(key, "'\(name)' may hold a-z, 0-9, '.', '_' and '-', and begins with a letter or a digit")
        }
        return name
    }

    private static func string(
        _ value: JSONValue, path: String, bytes: ClosedRange<Int>
    ) throws(VisionError) -> String {
        guard case .string(let string) = value else {
            throw .malformedManifest(path: path, detail: "expected a string, found \(value.kind)")
        }
        guard bytes.contains(string.utf8.count) else {
            throw .malformedManifest(path: path, detail: "expected \(text(bytes)) bytes, found \(string.utf8.count)")
        }
        return string
    }

    static func number(
        _ value: JSONValue, path: String, in range: ClosedRange<Double>
    ) throws(VisionError) -> Double {
        guard case .number(let number) = value else {
            throw .malformedManifest(path: path, detail: "expected a number, found \(value.kind)")
        }
        guard range.contains(number) else {
            throw .malformedManifest(
                path: path, detail: "\(number) is outside \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    private static func integer(
        _ value: JSONValue, path: String, in range: ClosedRange<Int>
    ) throws(VisionError) -> Int {
        guard case .number(let number) = value else {
            throw .malformedManifest(path: path, detail: "expected an integer, found \(value.kind)")
        }
        guard let integer = Int(exactly: number) else {
            throw .malformedManifest(path: path, detail: "expected an integer, found \(number)")
        }
        guard range.contains(integer) else {
            throw .malformedManifest(path: path, detail: "\(integer) is outside \(text(range))")
        }
        return integer
    }

    private static func text(_ range: ClosedRange<Int>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)…\(range.upperBound)"
    }
}
