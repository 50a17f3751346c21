import FoundationEssentials
import HTTPTypes
import Service
import Tensors
import TestSupport
import Testing

/// Keys, and what they let their holders do.
@Suite(.timeLimit(.minutes(2))) struct AccessTests {
    /// A service that asks for keys, and the file they are in.
    private final class Fixture {
        let folder: TemporaryDirectory
        let client: LocalClient
        let analyst = APIKey.makeText()
        let reader = APIKey.makeText()
        let expired = APIKey.makeText()
        let slow = APIKey.makeText()
        let manager = APIKey.makeText()

        var path: String { folder.path + "/keys.json" }

        init() throws {
            folder = try TemporaryDirectory()
            let now = Date()
            var file = KeyFile()
            for (id, text, scopes) in [
                ("analyst", analyst, [Scope.analyze, .read]), ("reader", reader, [.read, .metrics]),
                ("expired", expired, [.read]), ("slow", slow, [.read]), ("manager", manager, [.manage, .read]),
            ] {
                file.keys.append(
                    APIKey(id: id, sha256: APIKey.digest(of: text), scopes: Set(scopes), created: now))
            }
            file.keys[2].expires = now.addingTimeInterval(-60)
            file.keys[3].perSecond = 0.001
            file.keys[4].perDay = 10
            try FileWriting.write(file.json, to: folder.path + "/keys.json")
            var configuration = ServiceConfiguration()
            configuration.keyFile = folder.path + "/keys.json"
            client = try LocalClient(configuration: configuration)
        }

        func get(_ path: String, key: String? = nil) async throws -> LocalResponse {
            var headers: HTTPFields = [:]
            if let key { headers[.authorization] = "Bearer \(key)" }
            return try await client.send(.get, path, headers: headers)
        }
    }

    @Test("managers see which keys there are, and never a key; others do not")
    func listing() async throws {
        let fixture = try Fixture()
        #expect(try await fixture.get("/v1/keys").status == 401)
        #expect(try await fixture.get("/v1/keys", key: fixture.analyst).status == 403)
        #expect(try await fixture.get("/v2", key: fixture.analyst).object()["listsKeys"] == .bool(false))
        #expect(try await fixture.get("/v2", key: fixture.manager).object()["listsKeys"] == .bool(true))
        let answer = try await fixture.get("/v1/keys", key: fixture.manager)
        let keys = try answer.object()["keys"]?.elements ?? []
        #expect(keys.map { $0["id"]?.string } == ["analyst", "expired", "manager", "reader", "slow"])
        #expect(keys.map { $0["hasExpired"] == .bool(true) } == [false, true, false, false, false])
        #expect(keys[2]["perDay"]?.number == 10 && keys[2]["usedToday"]?.number == 2)
        #expect(keys[0]["scopes"] == .array([.string("analyze"), .string("read")]))
        #expect(!answer.text.contains("sha256") && !answer.text.contains(APIKey.prefix))
        #expect(try await LocalClient().send(.get, "/v1/keys").status == 404)
    }

    @Test("probes answer anybody", arguments: ["/livez", "/readyz", "/healthz", "/v2/health/live", "/v2/health/ready"])
    func probes(path: String) async throws {
        #expect(try await Fixture().get(path).status == 200)
    }

    @Test(
        "without a key that is known, nothing is shown", arguments: ["/", "/v2", "/v1/models", "/metrics", "/nothing"])
    func withoutKey(path: String) async throws {
        let fixture = try Fixture()
        for key in [nil, "", "fvk_wrong", fixture.expired] {
            let response = try await fixture.get(path, key: key)
            #expect(response.status == 401)
            #expect(response.headers[.wwwAuthenticate]?.contains("Bearer") == true)
            #expect(try response.object()["error"]?.string != nil)
        }
    }

    @Test("a key goes as far as its scopes")
    func scopes() async throws {
        let fixture = try Fixture()
        #expect(try await fixture.get("/v1/models", key: fixture.reader).status == 200)
        #expect(try await fixture.get("/metrics", key: fixture.reader).status == 200)
        #expect(try await fixture.get("/metrics", key: fixture.analyst).status == 403)
        let bearer: HTTPFields = [.authorization: "Bearer \(fixture.reader)", .contentType: "image/jpeg"]
        #expect(try await fixture.client.post("/v1/analyze", headers: bearer).status == 403)
        #expect(try await fixture.client.post("/v2/repository/models/x/unload", headers: bearer).status == 403)
    }

    @Test("a key comes as bearer, as X-API-Key or as a browser's password")
    func ways() async throws {
        let fixture = try Fixture()
        let basic = Data("anybody:\(fixture.analyst)".utf8).base64EncodedString()
        for headers: HTTPFields in [
            [.authorization: "Bearer \(fixture.analyst)"], [.authorization: "bearer \(fixture.analyst)"],
            [.named("X-API-Key"): fixture.analyst], [.authorization: "Basic \(basic)"],
        ] {
            #expect(try await fixture.client.post("/v1/analyze", headers: headers).status == 200)
        }
    }

    @Test("DeepStack's clients send the key as a field of the form")
    func formField() async throws {
        let fixture = try Fixture()
        func detect(_ key: String?) async throws -> LocalResponse {
            let field = key.map { "--b\r\nContent-Disposition: form-data; name=\"api_key\"\r\n\r\n\($0)\r\n" } ?? ""
            let image =
                "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"image\"\r\n\r\nabc\r\n--b--\r\n"
            return try await fixture.client.post(
                "/v1/vision/detection", headers: [.contentType: "multipart/form-data; boundary=b"],
                body: Array((field + image).utf8))
        }
        #expect(try await detect(fixture.analyst).status == 200)
        for key in [nil, "wrong", fixture.expired] {
            let response = try await detect(key)
            #expect(response.status == 401)
            #expect(try response.object()["success"] == .bool(false))
        }
        #expect(try await detect(fixture.reader).status == 403)
        #expect(try await fixture.client.post("/v1/vision/custom/list", body: []).status == 401)
    }

    @Test("a key is held to its rate")
    func rate() async throws {
        let fixture = try Fixture()
        #expect(try await fixture.get("/v1/models", key: fixture.slow).status == 200)
        let response = try await fixture.get("/v1/models", key: fixture.slow)
        #expect(response.status == 429)
        #expect(response.headers[.retryAfter].flatMap { Int($0) }.map { (900...1000).contains($0) } == true)
        #expect(try await fixture.get("/v1/models", key: fixture.reader).status == 200)
    }

    @Test("a key that is taken out of the file stops working, and a broken file changes nothing")
    func reload() async throws {
        let fixture = try Fixture()
        var file = try KeyFile(path: fixture.path)
        file.keys.removeAll { $0.id == "reader" }
        try FileWriting.write(file.json, to: fixture.path)
        #expect(try await eventually { try await fixture.get("/v1/models", key: fixture.reader).status == 401 })
        try FileWriting.write([1, 2, 3], to: fixture.path)
        try await Task.sleep(for: .milliseconds(1100))
        #expect(try await fixture.get("/v1/models", key: fixture.analyst).status == 200)
    }

    @Test("a service that others can reach asks for keys unless told otherwise")
    func defaults() throws {
        var configuration = ServiceConfiguration()
        #expect(!configuration.needsKeys)
        configuration.host = "0.0.0.0"
        #expect(configuration.needsKeys)
        #expect(throws: ConfigurationError.self) { try configuration.validate() }
        configuration.authentication = .off
        try configuration.validate()
        configuration.authentication = .on
        configuration.keyFile = "/nothing/keys.json"
        #expect(throws: ConfigurationError.self) { try LocalClient(configuration: configuration) }
    }

    @Test("the key file keeps what is written, and names what is wrong with it")
    func file() throws {
        var file = KeyFile()
        file.keys = [
            APIKey(
                id: "a", sha256: APIKey.digest(of: "x"), scopes: [.manage, .metrics],
                created: Date(timeIntervalSince1970: 1_800_000_000),
                expires: Date(timeIntervalSince1970: 1_900_000_000), perSecond: 2.5, perDay: 1000)
        ]
        #expect(try KeyFile(json: file.json) == file)
        let text = String(decoding: file.json, as: UTF8.self)
        for (good, bad) in [
            ("\"manage\"", "\"rule\""), ("fovea.keys/1", "fovea.keys/2"), ("2.5", "-1"), ("2027-", "soon "),
            ("\"id\"", "\"name\""),
        ] {
            let broken = text.replacing(good, with: bad)
            #expect(broken != text && (try? KeyFile(json: Array(broken.utf8))) == nil, "\(bad)")
        }
        #expect(APIKey.makeText() != APIKey.makeText() && APIKey.makeText().utf8.count == 47)
    }

    @Test("a trace goes on under the client's id, and one is begun where there is none or a broken one")
    func traces() async throws {
        let client = try LocalClient()
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        func answer(_ header: String?) async throws -> String {
            var headers: HTTPFields = [:]
            if let header { headers[.named("traceparent")] = header }
            return try await client.send(.get, "/livez", headers: headers).headers[.named("traceparent")] ?? ""
        }
        let going = try await answer("00-\(trace)-00f067aa0ba902b7-01")
        #expect(going.hasPrefix("00-\(trace)-") && going.hasSuffix("-01") && !going.contains("00f067aa0ba902b7"))
        for broken in [
            nil, "", "00-\(trace)-0000000000000000-01", "00-\(trace.uppercased())-00f067aa0ba902b7-01",
            "ff-\(trace)-00f067aa0ba902b7-01",
        ] {
            let begun = try await answer(broken)
            #expect(begun.utf8.count == 55 && !begun.contains(trace), "\(broken ?? "none")")
        }
    }
}
