import StrictJSON

/// The output line of an input that could not be answered.
struct FailureLine: Encodable {
    var source: String
    var error: String

    func json() throws -> [UInt8] {
        try JSONText.line(self)
    }
}
