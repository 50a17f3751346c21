/// A number of JSON: a double, and where it is a whole number of 64 bits, signed or not, that number exactly.
///
/// Its text is the same however it was spelled: `64`, `64.0` and `6.4e1` are one number.
package struct JSONNumber: Sendable, Equatable {
    package let double: Double
    private let integer: Int128?

    /// Whole numbers from here on are no longer all doubles, so a double this large is not called whole: 2⁵³.
    private static let wholeLimit = 9_007_199_254_740_992.0

    package init(_ value: Double) {
        double = value
        let isNegativeZero = value == 0 && value.sign == .minus
        integer = abs(value) < Self.wholeLimit && !isNegativeZero ? Int128(exactly: value) : nil
    }

    /// - Parameter parsedInteger: the same number, as the parser read it as an integer.
    init(_ value: Double, parsedInteger: Int128?) {
        double = value
        let range = Int128(Int64.min)...Int128(UInt64.max)
        integer = parsedInteger.flatMap { range.contains($0) && Double($0) == value ? $0 : nil }
    }

    package init(_ value: some FixedWidthInteger) {
        double = Double(value)
        integer = Int128(exactly: value)
    }

    /// The number as an integer, where it is one and fits.
    package func exactly<Integer: FixedWidthInteger>(_: Integer.Type = Integer.self) -> Integer? {
        if let integer { return Integer(exactly: integer) }
        return Integer(exactly: double)
    }
}

extension JSONNumber: CustomStringConvertible {
    /// A whole number without point or exponent, any other as the shortest decimal that reads back to the same double.
    package var description: String {
        if let integer { return "\(integer)" }
        return double.jsonText
    }
}

extension BinaryFloatingPoint where Self: CustomStringConvertible {
    /// The shortest decimal that reads back the same, no `.0` behind whole numbers; `null` for what JSON has no number for.
    var jsonText: String {
        guard isFinite else { return "null" }
        let digits = description
        return digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits
    }
}
