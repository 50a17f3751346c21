/// Names and values of a query string, decoded as `application/x-www-form-urlencoded`.
struct QueryItems {
    private(set) var items: [(name: String, value: String)] = []

    static let maximumItems = 64

    /// - Throws: 400 for a name given twice, broken percent escapes or bytes that are not UTF-8.
    init(_ query: String?) throws(Problem) {
        guard let query else { return }
        for pair in query.split(separator: "&") {
            guard items.count < Self.maximumItems else {
                throw .malformed("the query has more than \(Self.maximumItems) options", field: "query")
            }
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decode(halves[0])
            guard !items.contains(where: { $0.name == name }) else { throw .badOption(name, "given twice") }
            items.append((name, halves.count == 2 ? try Self.decode(halves[1]) : ""))
        }
    }

    private static func decode(_ text: Substring) throws(Problem) -> String {
        guard let decoded = text.percentDecoded(plusIsSpace: true) else {
            throw .malformed("'\(text.prefix(64))' is not percent-encoded UTF-8", field: "query")
        }
        return decoded
    }
}

extension StringProtocol {
    /// The text behind percent escapes; `nil` when an escape is broken or the bytes are not UTF-8.
    func percentDecoded(plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = utf8.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.next()?.hexadecimalValue, let low = rest.next()?.hexadecimalValue else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
