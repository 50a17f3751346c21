import FoundationEssentials
package import StrictJSON
import Tensors

/// The file of API keys, `fovea.keys/1`: JSON, readable by its owner only.
package struct KeyFile: Sendable, Equatable {
    package var keys: [APIKey] = []

    private static let schema = "fovea.keys/1"
    private static let byteLimit = 4 << 20

    package init() {}

    private enum Key: String, CaseIterable { case schema, keys }
    private enum EntryKey: String, CaseIterable { case id, sha256, scopes, created, expires, perSecond, perDay }

    /// - Throws: ``ConfigurationError`` naming the entry at fault; `FileError`.
    package init(path: String) throws {
        let bytes = try ByteStorage.reading(path: path, maximumByteCount: Self.byteLimit)
        do {
            try self.init(json: Array(bytes.bytes))
        } catch {
            throw ConfigurationError.unreadable(key: path, detail: "\(error)")
        }
    }

    /// - Throws: `JSONError` naming the key at fault.
    package init(json bytes: [UInt8]) throws(JSONError) {
        var top = try JSONObject(JSONValue(parsing: bytes, byteLimit: Self.byteLimit), keys: Key.self)
        let schema = try top.string(.schema)
        guard schema == Self.schema else {
            throw top.error(.schema, .other("expected '\(Self.schema)', found '\(schema)'"))
        }
        for element in try top.array(.keys, count: 0...10_000) {
            let key = try Self.key(element.object())
            guard !keys.contains(where: { $0.id == key.id }) else {
                throw element.error(.other("the id '\(key.id)' appears twice"))
            }
            keys.append(key)
        }
    }

    private static func key(_ reader: JSONObject<EntryKey>) throws(JSONError) -> APIKey {
        var reader = reader
        let id = try reader.string(.id, bytes: 1...128)
        let sha256 = try reader.string(.sha256, bytes: 64...64)
        var scopes: Set<Scope> = []
        for name in try reader.strings(.scopes, count: 0...16, bytes: 1...32) {
            guard let scope = Scope(rawValue: name) else {
                throw reader.error(.scopes, .choice(found: name, known: Scope.allCases.map(\.rawValue)))
            }
            scopes.insert(scope)
        }
        let created = try date(reader.string(.created), .created, reader)
        var expires: Date?
        if reader.has(.expires) { expires = try date(reader.string(.expires), .expires, reader) }
        var perSecond: Double?
        if reader.has(.perSecond) { perSecond = try reader.number(.perSecond, in: 0.001...1e6) }
        var perDay: Int?
        if reader.has(.perDay) { perDay = try reader.integer(.perDay, in: 1...1_000_000_000) }
        return APIKey(
            id: id, sha256: sha256, scopes: scopes, created: created, expires: expires, perSecond: perSecond,
            perDay: perDay)
    }

    private static func date(
        _ text: String, _ key: EntryKey, _ reader: JSONObject<EntryKey>
    ) throws(JSONError) -> Date {
        guard let date = try? Date(text, strategy: .iso8601) else {
            throw reader.error(key, .other("'\(text)' is no time like 2027-01-31T12:00:00Z"))
        }
        return date
    }

    /// The file's text.
    package var json: [UInt8] {
        var json = JSONWriter(pretty: true)
        json.object { json in
            json.key("schema")
            json.value(Self.schema)
            json.key("keys")
            json.array { json in
                for key in keys {
                    json.element()
                    Self.write(key, &json)
                }
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    private static func write(_ key: APIKey, _ json: inout JSONWriter) {
        json.object { json in
            json.key("id")
            json.value(key.id)
            json.key("sha256")
            json.value(key.sha256)
            json.key("scopes")
            json.array { json in
                for scope in key.scopes.map(\.rawValue).sorted() {
                    json.element()
                    json.value(scope)
                }
            }
            json.key("created")
            json.value(key.created.formatted(.iso8601))
            if let expires = key.expires {
                json.key("expires")
                json.value(expires.formatted(.iso8601))
            }
            if let perSecond = key.perSecond {
                json.key("perSecond")
                json.value(perSecond)
            }
            if let perDay = key.perDay {
                json.key("perDay")
                json.value(perDay)
            }
        }
    }
}
