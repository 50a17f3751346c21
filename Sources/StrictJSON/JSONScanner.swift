internal import Glibc

/// Reads a JSON document piece by piece as the caller asks, without making values of what it does not ask for: for
/// documents that are mostly long arrays of numbers, which go straight into tensors.
///
/// Bytes are checked as they are passed; text behind the document is an error. Nothing is allocated but the strings asked for.
package struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    package private(set) var position = 0
    private let depthLimit: Int

    /// - Parameter bytes: must outlive the scanner.
    package init(_ bytes: UnsafeRawBufferPointer, depthLimit: Int = 64) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    /// What kind of value comes next.
    package mutating func nextKind() throws(JSONError) -> JSONValue.Kind {
        skipSpace()
        guard position < bytes.count else { throw fault("the document ends where a value should be") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw fault("no value begins with the byte \(bytes[position])")
        }
    }

    /// Walks an object; `member` must take or skip the value behind each key.
    package mutating func object(
        _ member: (inout JSONScanner, String) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect(UInt8(ascii: "{"))
        if take(UInt8(ascii: "}")) { return }
        repeat {
            let key = try string()
            try expect(UInt8(ascii: ":"))
            try member(&self, key)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    /// Walks an array; `element` must take or skip each value.
    package mutating func array(_ element: (inout JSONScanner) throws(JSONError) -> Void) throws(JSONError) {
        try expect(UInt8(ascii: "["))
        if take(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
    }

    /// Walks an array whose elements may be arrays in turn, and gives `leaf` what is none, in order.
    package mutating func flattened(
        depth: Int = 0, _ leaf: (inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard depth < depthLimit else { throw .limitExceeded(what: "depth", limit: depthLimit, value: depth + 1) }
        try array { scanner throws(JSONError) in
            if try scanner.nextKind() == .array {
                try scanner.flattened(depth: depth + 1, leaf)
            } else {
                try leaf(&scanner)
            }
        }
    }

    package mutating func string() throws(JSONError) -> String {
        let quoted = try quotedRange()
        let inner = UnsafeRawBufferPointer(rebasing: bytes[quoted.lowerBound + 1..<quoted.upperBound - 1])
        guard inner.contains(UInt8(ascii: "\\")) else {
            guard let text = String(validating: inner, as: UTF8.self) else { throw fault("a string is not UTF-8") }
            return text
        }
        let value = try JSONValue(
            parsing: UnsafeRawBufferPointer(rebasing: bytes[quoted]), byteLimit: quoted.count)
        guard case .string(let text) = value else { throw fault("a string cannot be read") }
        return text
    }

    package mutating func bool() throws(JSONError) -> Bool {
        if try nextKind() == .bool {
            if takeWord("true") { return true }
            if takeWord("false") { return false }
        }
        throw fault("expected true or false")
    }

    /// A number as a double, correctly rounded; beyond all doubles infinity.
    package mutating func double() throws(JSONError) -> Double {
        let token = try numberToken()
        // Few digits without an exponent are exact in integers, and much faster than the general way.
        if let whole = Self.shortInteger(token) { return Double(whole) }
        var text = [CChar](repeating: 0, count: token.count + 1)
        for (index, byte) in token.enumerated() { text[index] = CChar(bitPattern: byte) }
        return strtod(text, nil)
    }

    /// A number as a float, rounded once.
    package mutating func float() throws(JSONError) -> Float {
        let token = try numberToken()
        if let whole = Self.shortInteger(token) { return Float(whole) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: token.count + 1) { text in
            for (index, byte) in token.enumerated() { text[index] = CChar(bitPattern: byte) }
            text[token.count] = 0
            return text.baseAddress.map { strtof($0, nil) } ?? .nan
        }
    }

    /// A number without fraction and exponent.
    package mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type = Integer.self) throws(JSONError)
        -> Integer
    {
        let token = try numberToken()
        let isNegative = token.first == UInt8(ascii: "-")
        var value: Integer = 0
        for byte in token.dropFirst(isNegative ? 1 : 0) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                throw fault("a whole number without exponent is wanted")
            }
            let digit = Integer(byte - UInt8(ascii: "0"))
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !tooLarge, !overflows else {
                throw fault("a number is not in \(Integer.min)…\(Integer.max)")
            }
            value = sum
        }
        return value
    }

    /// Any value, as a tree: for small ones.
    package mutating func value() throws(JSONError) -> JSONValue {
        _ = try nextKind()
        let start = position
        try skip()
        return try JSONValue(
            parsing: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), byteLimit: position - start,
            depthLimit: depthLimit)
    }

    /// Passes one value of any kind.
    package mutating func skip(depth: Int = 0) throws(JSONError) {
        guard depth < depthLimit else { throw .limitExceeded(what: "depth", limit: depthLimit, value: depth + 1) }
        switch try nextKind() {
        case .object: try object { scanner, _ throws(JSONError) in try scanner.skip(depth: depth + 1) }
        case .array: try array { scanner throws(JSONError) in try scanner.skip(depth: depth + 1) }
        case .string: _ = try quotedRange()
        case .bool: _ = try bool()
        case .number, .integer: _ = try numberToken()
        case .null: guard takeWord("null") else { throw fault("expected null") }
        }
    }

    /// Checks that nothing follows.
    package mutating func finish() throws(JSONError) {
        skipSpace()
        guard position == bytes.count else { throw fault("something stands behind the document") }
    }

    /// An error at the present position.
    package func fault(_ detail: String) -> JSONError { .malformed(detail: "\(detail), at byte \(position)") }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard take(byte) else { throw fault("expected '\(Character(UnicodeScalar(byte)))'") }
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count, let base = bytes.baseAddress,
            memcmp(base + position, word.utf8Start, count) == 0
        else { return false }
        position += count
        return true
    }

    private mutating func quotedRange() throws(JSONError) -> Range<Int> {
        let start = position
        try expect(UInt8(ascii: "\""))
        let open = position - 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return open..<position
            case UInt8(ascii: "\\"): position += 2
            case 0..<0x20: throw fault("a control character stands in a string")
            default: position += 1
            }
        }
        position = start
        throw fault("a string does not end")
    }

    /// The bytes of a number, by JSON's grammar.
    private mutating func numberToken() throws(JSONError) -> UnsafeRawBufferPointer {
        guard try nextKind() == .number else { throw fault("expected a number") }
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let first = position
        try digits()
        if position - first > 1, bytes[first] == UInt8(ascii: "0") { throw fault("a number begins with 0") }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
        guard position - start <= 1024 else {
            throw .limitExceeded(what: "bytes of a number", limit: 1024, value: position - start)
        }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        if position == start { throw fault("a digit is missing") }
    }

    /// Up to seven digits with nothing else: exact as a float. `-0` is left to the general way, which keeps its sign.
    private static func shortInteger(_ token: UnsafeRawBufferPointer) -> Int32? {
        guard token.count <= 7 else { return nil }
        var value: Int32 = 0
        for byte in token {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int32(digit)
        }
        return value
    }
}
