import FoundationEssentials
import HTTPTypes
import Pipeline
import Service
import Tensors
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct AuditTests {
    private final class Fixture {
        let folder: TemporaryDirectory
        let client: LocalClient
        let operatorKey = APIKey.makeText()
        let analyst = APIKey.makeText()

        var path: String { folder.path + "/audit.log" }

        init() throws {
            folder = try TemporaryDirectory()
            var file = KeyFile()
            for (id, text, scopes) in [
                ("operator", operatorKey, [Scope.manage, .read]), ("analyst", analyst, [.analyze, .read]),
            ] {
                file.keys.append(
                    APIKey(id: id, sha256: APIKey.digest(of: text), scopes: Set(scopes), created: Date()))
            }
            file.keys[1].perDay = 3
            try FileWriting.write(file.json, to: folder.path + "/keys.json")
            var configuration = ServiceConfiguration()
            configuration.keyFile = folder.path + "/keys.json"
            configuration.access.auditLog = folder.path + "/audit.log"
            client = try LocalClient(configuration: configuration)
        }

        func send(_ method: HTTPRequest.Method, _ path: String, key: String?) async throws -> Int {
            var headers: HTTPFields = [:]
            if let key { headers[.authorization] = "Bearer \(key)" }
            return try await client.send(method, path, headers: headers).status
        }

        func text(_ path: String? = nil) throws -> String {
            let bytes = try ByteStorage.reading(path: path ?? self.path, maximumByteCount: 1 << 20)
            return String(decoding: bytes.bytes, as: UTF8.self)
        }

        func lines(_ path: String? = nil) throws -> [JSON] {
            try text(path).split(separator: "\n").map { try JSONDecoder().decode(JSON.self, from: Data($0.utf8)) }
        }
    }

    @Test("who was refused, changed something or looked at a sensor is noted, with no secret")
    func events() async throws {
        let fixture = try Fixture()
        #expect(try await fixture.send(.get, "/v1/models", key: nil) == 401)
        #expect(try await fixture.send(.get, "/v1/models", key: "fvk_wrong") == 401)
        #expect(try await fixture.send(.get, "/v1/models", key: fixture.analyst) == 200)
        #expect(try await fixture.send(.get, "/metrics", key: fixture.analyst) == 403)
        #expect(try await fixture.send(.post, "/v2/repository/models/x/load", key: fixture.operatorKey) == 404)
        #expect(try await fixture.send(.get, "/v1/sensors/door/latest", key: fixture.operatorKey) == 404)
        let lines = try fixture.lines()
        #expect(lines.map { $0["event"]?.string } == ["denied", "denied", "denied", "admin", "access"])
        #expect(lines.map { $0["status"]?.number } == [401, 401, 403, 404, 404])
        #expect(lines[3]["key"]?.string == "operator" && lines[3]["path"]?.string == "/v2/repository/models/x/load")
        #expect(lines.allSatisfy { $0["requestId"]?.string != nil && $0["time"]?.string?.hasSuffix("Z") == true })
        let text = try fixture.text()
        for secret in ["fvk_", fixture.analyst, fixture.operatorKey] { #expect(!text.contains(secret)) }
    }

    @Test("a log that was moved away is begun anew, and what was written stays")
    func rotation() async throws {
        let fixture = try Fixture()
        _ = try await fixture.send(.get, "/v1/models", key: nil)
        try FileWriting.rename(fixture.path, to: fixture.path + ".1")
        try await Task.sleep(for: .milliseconds(1100))
        _ = try await fixture.send(.get, "/metrics", key: nil)
        #expect(try fixture.lines(fixture.path + ".1").count == 1)
        #expect(try fixture.lines().map { $0["path"]?.string } == ["/metrics"])
    }

    @Test("a key is held to its quota of a day")
    func quota() async throws {
        let fixture = try Fixture()
        for expected in [200, 200, 200, 429, 429] {
            #expect(try await fixture.send(.get, "/v1/models", key: fixture.analyst) == expected)
        }
        #expect(try await fixture.send(.get, "/v1/models", key: fixture.operatorKey) == 200)
    }

    @Test(
        "a path written in another way needs the same scope",
        arguments: [
            "//v2/repository/models/x/unload", "/v2//repository/models/x/unload", "/v2/repository//models/x/unload/",
            "/./v2/repository/models/x/unload", "/v2/%72epository/models/x/unload", "/V2/Repository/models/x/unload",
            "/v2/repository/models/x/unload;x", "/v2/repository/models/x/unload?a=/v1",
            "/v2/x/../repository/models/x/unload",
        ])
    func tricks(path: String) async throws {
        let fixture = try ProtocolFixture()
        let folder = try TemporaryDirectory()
        let analyst = APIKey.makeText()
        var file = KeyFile()
        file.keys = [
            APIKey(id: "a", sha256: APIKey.digest(of: analyst), scopes: [.analyze, .read, .metrics], created: Date())
        ]
        try FileWriting.write(file.json, to: folder.path + "/keys.json")
        var configuration = ServiceConfiguration()
        configuration.keyFile = folder.path + "/keys.json"
        let client = try LocalClient(fixture.pipeline, configuration: configuration)
        let sum = path.replacing("/x/unload", with: "/sum/unload")
        #expect([403, 404].contains(try await client.post(sum, headers: [.named("X-API-Key"): analyst]).status))
        #expect([401].contains(try await client.post(sum).status))
        #expect(!fixture.pipeline.library.versions(of: "sum").isEmpty)
    }
}
