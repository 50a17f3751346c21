/// A place in a distributed trace, as the header `traceparent` carries it (W3C Trace Context, version 00).
struct TraceParent: Sendable, Equatable {
    /// 32 lower-case hexadecimal digits, not all zero.
    var traceID: String
    /// 16 lower-case hexadecimal digits, not all zero.
    var spanID: String
    var flags: UInt8

    /// Reads a header; `nil` for one that breaks the form, which is to be treated as none.
    init?(_ header: String) {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        // Later versions may append fields.
        guard parts.count == 4 || parts.count > 4 && parts[0] != "00", parts[0].utf8.count == 2, parts[0] != "ff",
            Self.isHexadecimal(parts[0], 2), Self.isHexadecimal(parts[1], 32), Self.isHexadecimal(parts[2], 16),
            Self.isHexadecimal(parts[3], 2), parts[1].contains(where: { $0 != "0" }),
            parts[2].contains(where: { $0 != "0" }), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        traceID = String(parts[1])
        spanID = String(parts[2])
        self.flags = flags
    }

    /// Begins a trace.
    init() {
        var random = SystemRandomNumberGenerator()
        traceID = Self.digits(UInt64.random(in: 1...UInt64.max, using: &random)) + Self.digits(random.next())
        spanID = Self.digits(UInt64.random(in: 1...UInt64.max, using: &random))
        flags = 0
    }

    /// The next step of the same trace.
    func child() -> TraceParent {
        var child = self
        child.spanID = Self.digits(UInt64.random(in: 1...UInt64.max))
        return child
    }

    /// Whether its spans are to be kept.
    var isSampled: Bool { flags & 1 == 1 }

    var header: String { "00-\(traceID)-\(spanID)-0\(flags & 1)" }

    private static func digits(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func isHexadecimal(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
