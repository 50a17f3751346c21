import FoundationEssentials

/// The output line of an input that could not be answered.
struct FailureLine: Encodable {
    var source: String
    var error: String

    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }
}
