import FoundationEssentials
import HTTPTypes
import Service
import Tensors
import TestSupport
import Testing

/// Signed tokens beside keys. `tools/make-token-fixtures.py` signed them with another library.
@Suite(.timeLimit(.minutes(2))) struct TokenTests {
    private struct Tokens: Decodable {
        var right: [String: String]
        var wrong: [String: String]
        var limited: [String: String]
    }

    private static let folder = Repository.root + "/Tests/Fixtures/Tokens"

    private static func tokens() throws -> Tokens {
        let bytes = try ByteStorage.reading(path: folder + "/tokens.json", maximumByteCount: 1 << 20)
        return try JSONDecoder().decode(Tokens.self, from: Data(bytes.bytes))
    }

    private static func configuration(keys: String = folder + "/keys.json") -> ServiceConfiguration {
        var configuration = ServiceConfiguration()
        configuration.access.tokenKeys = keys
        configuration.access.tokenIssuer = "https://issuer.example"
        configuration.access.tokenAudience = "fovea"
        return configuration
    }

    private static func models(_ client: LocalClient, _ token: String) async throws -> LocalResponse {
        try await client.send(.get, "/v1/models", headers: [.authorization: "Bearer \(token)"])
    }

    @Test("a token that is right lets its holder in, whatever signed it")
    func right() async throws {
        let client = try LocalClient(configuration: Self.configuration())
        let tokens = try Self.tokens()
        #expect(tokens.right.count == 7)
        for (name, token) in tokens.right {
            #expect(try await Self.models(client, token).status == 200, "\(name)")
            let analysis = try await client.post("/v1/analyze", headers: [.named("X-API-Key"): token])
            #expect(analysis.status == 200, "\(name)")
            #expect(
                try await client.post("/v2/repository/models/x/load", headers: [.authorization: "Bearer \(token)"])
                    .status == 403, "\(name)")
        }
    }

    @Test("a token that is wrong in one way is refused")
    func wrong() async throws {
        let client = try LocalClient(configuration: Self.configuration())
        let tokens = try Self.tokens()
        #expect(tokens.wrong.count == 22)
        for (name, token) in tokens.wrong {
            let response = try await Self.models(client, token)
            #expect(response.status == 401, "\(name)")
            #expect(response.headers[.wwwAuthenticate]?.contains("Bearer") == true, "\(name)")
        }
        // After all of them the right ones are still right.
        #expect(try await Self.models(client, tokens.right["RS256"] ?? "").status == 200)
        #expect(try await client.send(.get, "/v1/models").status == 401)
    }

    @Test("a token goes as far as its scopes, and no further than the algorithms that are allowed")
    func limits() async throws {
        var configuration = Self.configuration()
        configuration.access.tokenAlgorithms = [.RS256]
        let client = try LocalClient(configuration: configuration)
        let tokens = try Self.tokens()
        let reader: HTTPFields = [.authorization: "Bearer \(tokens.limited["read only"] ?? "")"]
        #expect(try await client.send(.get, "/v1/models", headers: reader).status == 200)
        #expect(try await client.post("/v1/analyze", headers: reader).status == 403)
        #expect(try await Self.models(client, tokens.limited["no scope"] ?? "").status == 403)
        #expect(try await Self.models(client, tokens.right["ES256"] ?? "").status == 401)
    }

    @Test("keys that are added to the file are known, and a broken file changes nothing")
    func rotation() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/keys.json"
        let before = try ByteStorage.reading(path: Self.folder + "/keys-before.json", maximumByteCount: 1 << 20)
        let after = try ByteStorage.reading(path: Self.folder + "/keys.json", maximumByteCount: 1 << 20)
        try FileWriting.write(Array(before.bytes), to: path)
        let client = try LocalClient(configuration: Self.configuration(keys: path))
        let tokens = try Self.tokens()
        let (old, new) = (tokens.right["RS256"] ?? "", tokens.right["ES256"] ?? "")
        #expect(try await Self.models(client, old).status == 200)
        #expect(try await Self.models(client, new).status == 401)
        try FileWriting.write(Array(after.bytes), to: path)
        #expect(try await eventually { try await Self.models(client, new).status == 200 })
        try FileWriting.write([1, 2, 3], to: path)
        try await Task.sleep(for: .milliseconds(1100))
        #expect(try await Self.models(client, new).status == 200)
        #expect(try await Self.models(client, old).status == 200)
    }

    @Test("tokens share a rate and a quota a holder")
    func rate() async throws {
        var configuration = Self.configuration()
        configuration.access.tokenPerDay = 2
        let client = try LocalClient(configuration: configuration)
        let tokens = try Self.tokens()
        #expect(try await Self.models(client, tokens.right["RS256"] ?? "").status == 200)
        #expect(try await Self.models(client, tokens.right["ES256"] ?? "").status == 200)
        let response = try await Self.models(client, tokens.right["EdDSA"] ?? "")
        #expect(response.status == 429)
        #expect(try response.object()["type"]?.string == "urn:fovea:problem:quota")
        #expect(response.headers[.retryAfter].flatMap { Int($0) }.map { (1...86_400).contains($0) } == true)
    }

    @Test("settings that would let in too many are refused")
    func settings() throws {
        for change: (inout AccessConfiguration) -> Void in [
            { $0.tokenIssuer = nil }, { $0.tokenAudience = nil }, { $0.tokenAlgorithms = [] },
            { $0.tokenKeys = "http://issuer.example/keys" }, { $0.tokenKeys = "http://127.0.0.1.example/keys" },
            { $0.tokenKeys = "ftp://issuer.example/keys" }, { $0.tokenPerSecond = -1 }, { $0.tokenPerDay = -1 },
            { $0.tokenKeys = "/nothing/keys.json" }, { $0.auditLog = "/nothing/audit.log" },
        ] {
            var configuration = Self.configuration()
            change(&configuration.access)
            #expect(throws: ConfigurationError.self) { try LocalClient(configuration: configuration) }
        }
        var configuration = Self.configuration()
        configuration.host = "0.0.0.0"
        try configuration.validate()
        configuration.access.tokenKeys = "https://issuer.example/keys"
        try configuration.validate()
        #expect(configuration.needsKeys)
    }
}
