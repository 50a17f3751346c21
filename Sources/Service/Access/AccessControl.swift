import FoundationEssentials
import HTTPTypes
import Logging

/// The one door: who holds this key or token, may they do this, and have they not done it too often.
struct AccessControl: Sendable {
    private let keys: KeyTable?
    private let tokens: TokenVerifier?
    private let usage = Usage()

    /// `nil` for a service that asks nobody.
    ///
    /// - Throws: ``ConfigurationError`` for a file of keys that cannot be used.
    init?(_ configuration: ServiceConfiguration, logger: Logger) throws(ConfigurationError) {
        guard configuration.needsKeys else { return nil }
        do {
            keys = try configuration.keyFile.map { try KeyTable(path: $0, logger: logger) }
        } catch {
            throw (error as? ConfigurationError) ?? .unreadable(key: "keys", detail: "\(error)")
        }
        tokens = try TokenVerifier(configuration.access, logger: logger)
    }

    /// The keys of the file; `nil` where only tokens are taken.
    var listing: [APIKey]? { keys?.all }

    /// Requests of a key since midnight UTC; `nil` for one without a quota.
    func usedToday(_ key: APIKey) -> Int? {
        key.perDay.map { _ in usage.countedToday("\(Caller.Kind.key.rawValue):\(key.id)") }
    }

    /// Lets a request through and counts it.
    ///
    /// - Parameter text: the key or the token.
    /// - Throws: 401 for one that is not known, not right or has expired, 403 without the scope, 429 beyond rate or quota.
    func admit(_ text: String?, for scope: Scope) async throws(Problem) -> Caller {
        let caller = try await identify(text)
        try permit(caller, scope)
        return caller
    }

    /// Counts a request of a caller who is known.
    ///
    /// - Throws: 403 without the scope, 429 beyond rate or quota.
    func permit(_ caller: Caller, _ scope: Scope) throws(Problem) {
        guard caller.scopes.contains(scope) else {
            throw Problem(
                .forbidden, "forbidden", "the \(caller.kind) '\(caller.id)' lacks the scope '\(scope.rawValue)'")
        }
        try usage.count(caller)
    }

    /// Who holds a key or token.
    ///
    /// - Throws: 401 for one that is not known, not right or has expired.
    func identify(_ text: String?) async throws(Problem) -> Caller {
        guard let text, !text.isEmpty else {
            throw .unauthorized("a key is needed, as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'")
        }
        // Keys have no dots, tokens have two.
        if let tokens, text.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2 {
            return try await tokens.verify(text)
        }
        guard let key = keys?.key(text) else { throw .unauthorized("the key is not known") }
        guard !key.isExpired(at: Date()) else { throw .unauthorized("the key '\(key.id)' has expired") }
        return Caller(kind: .key, id: key.id, scopes: key.scopes, perSecond: key.perSecond, perDay: key.perDay)
    }
}

/// Who sends a request, and what they may.
struct Caller: Sendable, Equatable {
    enum Kind: String, Sendable {
        case key, token
    }

    var kind: Kind
    /// The key's name, or the token's subject.
    var id: String
    var scopes: Set<Scope>
    /// Requests a second; `nil`: as many as are answered.
    var perSecond: Double?
    /// Requests from midnight to midnight, UTC; `nil`: any number.
    var perDay: Int?

    /// Tells a key and a token of the same name apart.
    var name: String { "\(kind.rawValue):\(id)" }
}

extension Problem {
    /// 401 with the ways to say who one is. `Basic` lets a browser ask for the key and send it with everything.
    static func unauthorized(_ detail: String) -> Problem {
        var problem = Problem(.unauthorized, "unauthorized", detail)
        problem.challenge = "Bearer realm=\"fovea\", Basic realm=\"fovea: the key as password\""
        return problem
    }
}
