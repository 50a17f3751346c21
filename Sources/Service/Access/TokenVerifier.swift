import FoundationEssentials
import JWTKit
import Logging

/// Tells who holds a signed token (RFC 7519), by the keys of its issuer.
struct TokenVerifier: Sendable {
    private let source: TokenKeySource
    private let issuer: String
    private let audience: String
    private let algorithms: Set<TokenAlgorithm>
    private let scopeClaim: String
    private let perSecond: Double?
    private let perDay: Int?

    /// Clocks differ by so much.
    private static let leeway = 60.0
    private static let maximumBytes = 16 << 10

    /// `nil` for a service that takes no tokens.
    ///
    /// - Throws: ``ConfigurationError`` for a file of keys that cannot be used.
    init?(_ configuration: AccessConfiguration, logger: Logger) throws(ConfigurationError) {
        guard let location = configuration.tokenKeys, let issuer = configuration.tokenIssuer,
            let audience = configuration.tokenAudience
        else { return nil }
        source = try TokenKeySource(location, isRemote: configuration.tokenKeysAreRemote, logger: logger)
        self.issuer = issuer
        self.audience = audience
        algorithms = Set(configuration.tokenAlgorithms)
        scopeClaim = configuration.tokenScopeClaim
        perSecond = configuration.tokenPerSecond == 0 ? nil : configuration.tokenPerSecond
        perDay = configuration.tokenPerDay == 0 ? nil : configuration.tokenPerDay
    }

    private struct Header: Decodable {
        var alg: String
        var kid: String?
        var crit: [String]?
    }

    /// - Throws: 401 saying what is wrong with the token; 503 while the issuer's keys cannot be had.
    func verify(_ token: String, date: Date = Date()) async throws(Problem) -> Caller {
        let header = try Self.header(of: token)
        guard let algorithm = TokenAlgorithm(rawValue: header.alg), algorithms.contains(algorithm) else {
            throw .unauthorized("tokens signed as '\(header.alg.prefix(16))' are not taken")
        }
        guard header.crit == nil else { throw .unauthorized("the token asks for extensions that are not known") }
        for key in try await source.keys(named: header.kid, algorithm: algorithm) {
            guard let claims = try? await key.verifier.verify(token, as: TokenClaims.self) else { continue }
            return try caller(claims, at: date.timeIntervalSince1970)
        }
        throw .unauthorized("the token is not signed by a key that is known")
    }

    private static func header(of token: String) throws(Problem) -> Header {
        guard token.utf8.count <= maximumBytes else {
            throw .unauthorized("the token has \(token.utf8.count) bytes, the limit is \(maximumBytes)")
        }
        var text = String(token.prefix { $0 != "." }).replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        guard let data = Data(base64Encoded: text), let header = try? JSONDecoder().decode(Header.self, from: data)
        else { throw .unauthorized("the token's header is not that of a signed token") }
        return header
    }

    private func caller(_ claims: TokenClaims, at now: Double) throws(Problem) -> Caller {
        guard claims.issuer == issuer else { throw .unauthorized("the token is of another issuer") }
        guard claims.audience.contains(audience) else { throw .unauthorized("the token is for another audience") }
        guard let expires = claims.expires else { throw .unauthorized("the token has no 'exp'") }
        guard expires + Self.leeway > now else { throw .unauthorized("the token has expired") }
        guard (claims.notBefore ?? 0) - Self.leeway <= now else { throw .unauthorized("the token is not valid yet") }
        guard let subject = claims.subject, !subject.isEmpty else { throw .unauthorized("the token has no 'sub'") }
        // `fovea:analyze` where one server gives tokens for many services.
        let scopes = claims.words(of: scopeClaim).compactMap { word in
            Scope(rawValue: word.hasPrefix("fovea:") ? String(word.dropFirst(6)) : word)
        }
        return Caller(
            kind: .token, id: String(subject.prefix(128)), scopes: Set(scopes), perSecond: perSecond, perDay: perDay)
    }
}
