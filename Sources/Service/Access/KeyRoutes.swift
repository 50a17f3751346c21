import FoundationEssentials
import Hummingbird

/// `GET /v1/keys`: which API keys there are and what they may; never a key itself. Keys are made and revoked by `fovea keys`, where the
/// file is.
enum KeyRoutes {
    private struct Listing: Encodable {
        var keys: [Entry]
    }

    private struct Entry: Encodable {
        var id: String
        var scopes: [String]
        var created: String
        var expires: String?
        var hasExpired: Bool
        var perSecond: Double?
        var perDay: Int?
        /// Since midnight UTC, of keys that have a quota.
        var usedToday: Int?

        init(_ key: APIKey, usedToday: Int?) {
            id = key.id
            scopes = key.scopes.map(\.rawValue).sorted()
            created = key.created.ISO8601Format()
            expires = key.expires?.ISO8601Format()
            hasExpired = key.expires.map { $0 <= Date() } ?? false
            perSecond = key.perSecond
            perDay = key.perDay
            self.usedToday = usedToday
        }
    }

    static func add(to table: RouteTable, _ state: ServiceState) {
        table.get("/v1/keys") { _, _ in
            guard let access = state.access, let keys = access.listing else {
                throw Problem.notFound("this service has no file of keys")
            }
            return try JSONBody.response(Listing(keys: keys.map { Entry($0, usedToday: access.usedToday($0)) }))
        }
    }
}
