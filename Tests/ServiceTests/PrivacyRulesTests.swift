import Configuration
import HTTPTypes
import Pipeline
import Service
import Testing
import Vision

@Suite struct PrivacyRulesTests {
    private static func rules(_ values: [String: String]) throws -> PrivacyRules {
        let provider = InMemoryProvider(
            values: Dictionary(
                uniqueKeysWithValues: values.map {
                    (AbsoluteConfigKey([$0.key]), ConfigValue(.string($0.value), isSecret: false))
                }))
        return try PrivacyRules(reader: ConfigReader(provider: provider))
    }

    private static func configuration(_ change: (inout PrivacyRules) -> Void) -> ServiceConfiguration {
        var configuration = ServiceConfiguration()
        change(&configuration.privacy)
        return configuration
    }

    @Test("the lowest of all rules that fit is the ceiling")
    func ceilings() throws {
        let rules = try Self.rules([
            "level": "masked", "sensors": "gate-*=metadata, gate-2=full,lobby=full", "keys": "guest=tensor",
            "hide": "person, dog",
        ])
        #expect(rules.hidden == ["person", "dog"])
        #expect(rules.ceiling(key: nil) == .masked)
        #expect(rules.ceiling(key: nil, sensor: "lobby") == .masked)
        #expect(rules.ceiling(key: nil, sensor: "gate-2") == .metadata)
        #expect(rules.ceiling(key: "guest", sensor: "lobby") == .tensor)
        #expect(rules.ceiling(key: "other", sensor: "other") == .masked)
    }

    @Test(
        "rules that cannot be read are refused",
        arguments: [["level": "blurred"], ["sensors": "gate"], ["keys": "=full"], ["keys": "a=b=full"]])
    func malformed(values: [String: String]) {
        #expect(throws: ConfigurationError.self) { try Self.rules(values) }
    }

    @Test("a request gets what it may have, less when it asks for less, and 403 when it asks for more")
    func requests() async throws {
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(
            analyzer,
            configuration: Self.configuration {
                $0.level = .masked
                $0.hidden = ["dog"]
            })
        #expect(try await client.post("/v1/analyze").result().privacy.level == .masked)
        #expect(try await client.post("/v1/analyze?privacy=metadata&hide=cat").result().privacy.level == .metadata)
        #expect(analyzer.calls.map(\.options.hidden) == [["dog"], ["cat", "dog"]])
        let refused = try await client.post("/v1/analyze?privacy=full")
        #expect(refused.status == 403)
        #expect(refused.text.contains("\"field\":\"privacy\""))
        #expect(try await client.post("/v1/analyze?privacy=none").status == 400)
        #expect(analyzer.calls.count == 2)
    }

    @Test("a sensor's pictures stay here below masked, and its frames are not kept")
    func sensors() async throws {
        let analyzer = FakeAnalyzer()
        let configuration = Self.configuration { $0.sensors = [.init(name: "lobby", level: .metadata)] }
        let client = try LocalClient(analyzer, configuration: configuration)
        #expect(try await client.post("/v1/sensors/lobby/frames").result().privacy.level == .metadata)
        #expect(try await client.post("/v1/sensors/gate/frames").result().privacy.level == .full)
        #expect(try await client.send(.get, "/v1/sensors/lobby/latest.jpg").status == 403)
        #expect(try await client.send(.get, "/v1/sensors/lobby/live.mjpeg").status == 403)
        #expect(try await client.send(.get, "/v1/sensors/gate/latest.jpg").status == 200)
        #expect(analyzer.calls.count == 3)
    }

    @Test("options of a second look, of regions and of several models reach the pipeline")
    func options() async throws {
        let analyzer = FakeAnalyzer()
        let client = try LocalClient(analyzer)
        let response = try await client.post(
            "/v1/analyze?model=a,b&roi=0.1,0.2,0.5,1&then=c&then_classes=cat,dog&then_confidence=0.5&output=coco")
        #expect(response.status == 200)
        #expect(response.text == #"[{"image_id":0,"category_id":17,"bbox":[0,0,1,1],"score":0.5}]"#)
        let options = try #require(analyzer.calls.first).options
        #expect(options.model == "a" && options.further == ["b"])
        #expect(options.region == RegionOfInterest(x0: 0.1, y0: 0.2, x1: 0.5, y1: 1, unit: .fractions))
        #expect(options.secondStage == SecondStage(model: "c", classes: ["cat", "dog"], confidenceThreshold: 0.5))
    }

    @Test(
        "options that make no sense are refused by name",
        arguments: [
            ("roi=1,2,3", "roi"), ("model=a,a", "model"), ("model=a,b,c,d,e,f,g,h,i", "model"),
            ("then_classes=cat", "then_classes"), ("then_confidence=0.5", "then_confidence"), ("hide=", "hide"),
        ])
    func badOptions(query: String, field: String) async throws {
        let response = try await LocalClient().post("/v1/analyze?\(query)")
        #expect(response.status == 400)
        #expect(response.text.contains("\"field\":\"\(field)\""))
    }
}
