/// An address that is called when a job ends: `http` or `https`, a host, a port or the scheme's own, a path, a query.
///
/// Read strictly, since a list of allowed addresses decides whom the service calls: no user name, no fragment, no `..`, no
/// escapes in the path, nothing that two readers could read differently.
struct WebhookAddress: Sendable, Equatable {
    let text: String
    private let origin: String
    private let path: String

    static let maximumByteCount = 2048

    /// `nil` for what is not such an address.
    init?(_ text: String) {
        guard text.utf8.count <= Self.maximumByteCount, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        let scheme: String
        if text.hasPrefix("https://") {
            scheme = "https"
        } else if text.hasPrefix("http://") {
            scheme = "http"
        } else {
            return nil
        }
        let rest = text.dropFirst(scheme.count + 3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let behind = rest.dropFirst(authority.count)
        guard let host = Self.host(authority, scheme: scheme), !behind.contains(where: { "#\\@".contains($0) })
        else { return nil }
        let path = behind.prefix { $0 != "?" }
        guard !path.contains("%"), !path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }),
            !path.contains("//")
        else { return nil }
        self.text = text
        self.origin = "\(scheme)://\(host)"
        self.path = path.isEmpty ? "/" : String(path)
    }

    /// Host in lower case and port; `nil` when one of them is none.
    private static func host(_ authority: Substring, scheme: String) -> String? {
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.first, !name.isEmpty,
            name.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
                    true
                default: false
                }
            })
        else { return nil }
        let port: Int
        if parts.count == 2 {
            guard parts[1].utf8.count <= 5, let number = Int(parts[1]), (1...65_535).contains(number) else {
                return nil
            }
            port = number
        } else {
            port = scheme == "https" ? 443 : 80
        }
        return "\(name.lowercased()):\(port)"
    }

    /// Whether this address is the other, or lies below it.
    func lies(in allowed: WebhookAddress) -> Bool {
        guard origin == allowed.origin else { return false }
        if path == allowed.path { return true }
        return path.hasPrefix(allowed.path.hasSuffix("/") ? allowed.path : allowed.path + "/")
    }
}
