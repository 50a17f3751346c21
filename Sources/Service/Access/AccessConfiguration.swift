/// Signed tokens as a way to say who one is, beside API keys, and what is noted of who did what.
package struct AccessConfiguration: Sendable, Equatable {
    /// Where the keys are that tokens are signed with: a file or an address with a JSON Web Key Set; `nil` takes no tokens.
    package var tokenKeys: String?
    /// What a token's `iss` must be.
    package var tokenIssuer: String?
    /// What must be among a token's `aud`.
    package var tokenAudience: String?
    /// Signatures that are taken, by their names in RFC 7518 and RFC 8037.
    package var tokenAlgorithms = TokenAlgorithm.allCases
    /// The claim that lists a token's scopes.
    package var tokenScopeClaim = "scope"
    /// Requests a second of one token holder; 0: as many as the service answers.
    package var tokenPerSecond = 0.0
    /// Requests a day of one token holder; 0: any number.
    package var tokenPerDay = 0
    /// File that who did what is written to; `nil` for none.
    package var auditLog: String?

    package init() {}

    /// Whether an address of a key set is one that tokens' trust may rest on: nobody between can change what it answers.
    static func isTrustworthy(_ address: String) -> Bool {
        if address.hasPrefix("https://") { return address.utf8.count > 8 }
        return ["http://127.0.0.1", "http://localhost", "http://[::1]"].contains { start in
            guard address.hasPrefix(start) else { return false }
            return [nil, ":", "/"].contains(address.dropFirst(start.count).first)
        }
    }

    /// Whether ``tokenKeys`` is an address rather than a file.
    var tokenKeysAreRemote: Bool { tokenKeys?.contains("://") == true }

    /// Checks every setting.
    ///
    /// - Throws: ``ConfigurationError/outOfRange(key:value:expected:)`` naming the first one at fault.
    func validate() throws(ConfigurationError) {
        if let tokenKeys, tokenKeysAreRemote, !Self.isTrustworthy(tokenKeys) {
            throw .outOfRange(
                key: "tokenKeys", value: tokenKeys,
                expected: "a file, an https address, or an http address of this machine")
        }
        if tokenKeys != nil {
            // A token that was made for somebody else must not open this service.
            for (key, value) in [("tokenIssuer", tokenIssuer), ("tokenAudience", tokenAudience)] where value == nil {
                throw .outOfRange(key: key, value: "not set", expected: "what tokens must say, as tokenKeys is set")
            }
        }
        guard !tokenAlgorithms.isEmpty else {
            throw .outOfRange(key: "tokenAlgorithms", value: "empty", expected: TokenAlgorithm.listing)
        }
        guard !tokenScopeClaim.isEmpty else {
            throw .outOfRange(key: "tokenScopeClaim", value: "empty", expected: "the name of a claim")
        }
        guard tokenPerSecond == 0 || (0.001...1e6).contains(tokenPerSecond) else {
            throw .outOfRange(key: "tokenPerSecond", value: "\(tokenPerSecond)", expected: "0 or 0.001…1000000")
        }
        guard (0...1_000_000_000).contains(tokenPerDay) else {
            throw .outOfRange(key: "tokenPerDay", value: "\(tokenPerDay)", expected: "0…1000000000")
        }
    }
}

/// Signatures of tokens. Those with a shared secret (`HS256`, …) are not among them, nor is `none`.
package enum TokenAlgorithm: String, Sendable, CaseIterable {
    case RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA

    static var listing: String { allCases.map(\.rawValue).joined(separator: ",") }
}
