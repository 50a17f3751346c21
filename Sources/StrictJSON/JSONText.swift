internal import FoundationEssentials

/// JSON texts of values that describe themselves as Swift's `Encodable`, keys sorted.
package enum JSONText {
    /// One line without a line break at its end.
    package static func line(_ value: some Encodable) throws(JSONError) -> [UInt8] {
        try encode(value, [.sortedKeys, .withoutEscapingSlashes])
    }

    package static func indented(_ value: some Encodable) throws(JSONError) -> [UInt8] {
        try encode(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    private static func encode(
        _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting
    ) throws(JSONError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        do { return Array(try encoder.encode(value)) } catch { throw .unwritable(detail: "\(error)") }
    }
}
