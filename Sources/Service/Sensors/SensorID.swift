import HTTPTypes

/// The name a sensor gives itself in its address: 1…64 of letters, digits, `.`, `_` and `-`, the first a letter or
/// digit.
struct SensorID: Hashable, Sendable {
    let name: String

    init(_ name: String) throws(Problem) {
        let bytes = name.utf8
        guard (1...64).contains(bytes.count), let first = bytes.first, first.isAlphanumeric,
            bytes.allSatisfy({
                $0.isAlphanumeric || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains($0)
            })
        else {
            throw Problem(
                .badRequest, "bad-sensor-id",
                "a sensor's id has 1…64 letters, digits, '.', '_' and '-', and begins with a letter or digit",
                field: "id")
        }
        self.name = name
    }
}

extension UInt8 {
    fileprivate var isAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
