import JWTKit

/// What a token says.
struct TokenClaims: JWTPayload {
    var issuer: String?
    var audience: [String]
    var subject: String?
    /// Seconds since 1970.
    var expires: Double?
    var notBefore: Double?
    /// Claims that are text or lists of text.
    private var texts: [String: [String]]

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Claims read of one token.
    private static let maximumClaims = 256

    init(from decoder: any Decoder) throws {
        let claims = try decoder.container(keyedBy: Key.self)
        var texts: [String: [String]] = [:]
        for key in claims.allKeys.prefix(Self.maximumClaims) {
            if let text = try? claims.decode(String.self, forKey: key) {
                texts[key.stringValue] = [text]
            } else if let list = try? claims.decode([String].self, forKey: key) {
                texts[key.stringValue] = list
            }
        }
        self.texts = texts
        issuer = texts["iss"]?.first
        audience = texts["aud"] ?? []
        subject = texts["sub"]?.first
        // A time that is there and is no number makes the token wrong, not timeless.
        expires = try claims.decodeIfPresent(Double.self, forKey: Key(stringValue: "exp"))
        notBefore = try claims.decodeIfPresent(Double.self, forKey: Key(stringValue: "nbf"))
    }

    func encode(to encoder: any Encoder) throws {
        var claims = encoder.container(keyedBy: Key.self)
        for (name, text) in texts { try claims.encode(text, forKey: Key(stringValue: name)) }
        try claims.encodeIfPresent(expires, forKey: Key(stringValue: "exp"))
        try claims.encodeIfPresent(notBefore, forKey: Key(stringValue: "nbf"))
    }

    /// The words of a claim: a list, or text with spaces between (RFC 8693 section 4.2).
    func words(of claim: String) -> [String] {
        (texts[claim] ?? []).flatMap { $0.split(separator: " ").map(String.init) }
    }

    /// The signature is all that is checked here; ``TokenVerifier`` reads the claims.
    func verify(using algorithm: some JWTAlgorithm) {}
}
