import Foundation
import TestSupport
import Testing

/// The service with the real pipeline, over real sockets.
@Suite(.timeLimit(.minutes(5))) struct ServeTests {
    private static let rawHeaders = [
        "Content-Type": "application/octet-stream", "Fovea-Width": "2592", "Fovea-Height": "1968",
        "Fovea-Pixel-Format": "SGRBG10_CSI2P", "Fovea-Black-Level": "25", "Fovea-White-Level": "959",
        "Fovea-White-Balance": "1.251151,1,1.411643", "Fovea-Orientation": "8",
    ]

    private func sample(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: Program.sample + "/" + name))
    }

    private func labels(_ object: [String: Any]) -> [String] {
        (object["detections"] as? [[String: Any]] ?? []).compactMap { $0["label"] as? String }
    }

    @Test("answers a DNG with JSON, an annotated picture, or both")
    func analyze() async throws {
        let service = try await ServiceProcess()
        let dng = try sample("frame.dng")
        let type = ["Content-Type": "image/x-adobe-dng"]
        let json = try await service.send("POST", "/v1/analyze", headers: type, body: dng)
        #expect(json.status == 200)
        #expect(json.contentType.hasPrefix("application/json"))
        #expect(labels(try json.json()).contains("dog"))

        let jpeg = try await service.send(
            "POST", "/v1/analyze", headers: type.merging(["Accept": "image/jpeg"]) { $1 }, body: dng)
        #expect(jpeg.contentType == "image/jpeg")
        #expect(jpeg.body.starts(with: [0xFF, 0xD8, 0xFF]))

        let both = try await service.send("POST", "/v1/analyze?output=both", headers: type, body: dng)
        #expect(both.contentType.hasPrefix("multipart/mixed"))
        let first = try #require(both.body.range(of: Data("application/json".utf8)))
        let second = try #require(both.body.range(of: Data("image/jpeg".utf8)))
        #expect(first.lowerBound < second.lowerBound)
        #expect(await service.stop() == 0)
    }

    @Test("takes raw bytes by headers, pictures, and another model by name")
    func inputs() async throws {
        let service = try await ServiceProcess()
        let raw = try await service.send("POST", "/v1/analyze", headers: Self.rawHeaders, body: try sample("frame.raw"))
        #expect(raw.status == 200)
        #expect(labels(try raw.json()).contains("dog"))
        let picture = try Data(contentsOf: URL(filePath: Repository.root + "/docs/border-collie.jpg"))
        let classified = try await service.send(
            "POST", "/v1/analyze?model=efficientnet-lite0", headers: ["Content-Type": "image/jpeg"], body: picture)
        let best = try #require((try classified.json()["classifications"] as? [[String: Any]])?.first)
        #expect("\(best["label"] ?? "")".lowercased().contains("collie"))
    }

    @Test("gives the same answer bit for bit whatever the number of threads")
    func determinism() async throws {
        var answers: [Data] = []
        for threads in ["1", "2"] {
            let service = try await ServiceProcess("--threads", threads)
            for _ in 0..<2 {
                var answer = try await service.send(
                    "POST", "/v1/analyze", headers: Self.rawHeaders, body: try sample("frame.raw")
                ).json()
                answer["timings"] = nil
                answers.append(try JSONSerialization.data(withJSONObject: answer, options: .sortedKeys))
            }
        }
        #expect(Set(answers).count == 1)
    }

    @Test("turns bad frames into problems that name the field, and lives on")
    func problems() async throws {
        let service = try await ServiceProcess()
        let dng = try sample("frame.dng")
        let raw = try sample("frame.raw")
        func status(_ headers: [String: String], _ body: Data, _ path: String = "/v1/analyze") async throws -> Int {
            let answer = try await service.send("POST", path, headers: headers, body: body)
            #expect(answer.contentType.hasPrefix("application/problem+json"))
            let problem = try answer.json()
            #expect(problem["detail"] != nil && problem["error"] != nil && problem["status"] as? Int == answer.status)
            return answer.status
        }
        #expect(try await status(["Content-Type": "image/x-adobe-dng"], dng.prefix(200_000)) == 400)
        #expect(try await status(["Content-Type": "image/jpeg"], dng) == 400)
        #expect(try await status(["Content-Type": "text/plain"], dng) == 415)
        #expect(try await status([:], Data("nonsense".utf8)) == 415)
        #expect(try await status(["Content-Type": "image/png"], Data()) == 400)
        #expect(try await status(Self.rawHeaders, raw.dropLast(1000)) == 400)
        #expect(try await status(Self.rawHeaders.merging(["Fovea-Width": "0"]) { $1 }, raw) == 400)
        #expect(try await status(Self.rawHeaders.merging(["Fovea-Width": "60000"]) { $1 }, raw) == 413)
        #expect(try await status(Self.rawHeaders.merging(["Fovea-Black-Level": "2000"]) { $1 }, raw) == 400)
        #expect(try await status(Self.rawHeaders, raw, "/v1/analyze?model=none") == 422)
        #expect(try await status(Self.rawHeaders, raw, "/v1/analyze?confidence=2") == 400)
        #expect(try await status(Self.rawHeaders, raw, "/v1/analyze?classes=unicorn") == 422)
        let ready = try await service.send("GET", "/v2/health/ready")
        #expect(ready.status == 200)
        #expect(try ready.json()["ready"] as? Bool == true)
    }

    @Test("lists models, describes itself, and counts stages")
    func operations() async throws {
        let service = try await ServiceProcess()
        let models = try await service.send("GET", "/v1/models").json()
        #expect(models["models"] as? [String] == ["centerface", "efficientnet-lite0", "yolov3-tiny"])
        _ = try await service.send("POST", "/v1/analyze", headers: Self.rawHeaders, body: try sample("frame.raw"))
        let metrics = String(decoding: try await service.send("GET", "/metrics").body, as: UTF8.self)
        for stage in ["decode", "develop", "prepare", "inference", "postprocess", "hash"] {
            #expect(metrics.contains("fovea_stage_duration_seconds_count{stage=\"\(stage)\"} 1"), "\(stage)")
        }
        #expect(try await service.send("GET", "/openapi.json").json()["openapi"] as? String == "3.0.3")
    }

    @Test("refuses settings that cannot be used, naming the key")
    func settings() async throws {
        let folder = try TemporaryDirectory()
        let file = folder.path + "/fovea.json"
        for (json, word) in [
            (#"{"service":{"prot":1}}"#, "service.prot"), (#"{"service":{"port":70000}}"#, "service.port"),
            (#"{"pipeline":{"threads":"many"}}"#, "pipeline.threads"), ("[]", "fovea.json"),
        ] {
            try Data(json.utf8).write(to: URL(filePath: file))
            let outcome = try await Program.run("serve", "--config", file)
            #expect(outcome.status == 3, "\(outcome.errors)")
            #expect(outcome.errors.contains(word), "\(outcome.errors)")
        }
        let misspelt = try await Program.run("config", "print", environment: ["FOVEA_SERVICE_PROT": "1"])
        #expect(misspelt.status == 3)
        try Data(#"{"service":{"port":8123}}"#.utf8).write(to: URL(filePath: file))
        let layered = try await Program.run(
            "config", "print", "--config", file, environment: ["FOVEA_SERVICE_HOST": "127.0.0.2"])
        #expect(layered.lines.contains { $0.hasPrefix("service.port = 8123") && $0.contains("# file;") })
        #expect(layered.lines.contains { $0.hasPrefix("service.host = 127.0.0.2") && $0.contains("# environment;") })
        #expect(layered.lines.contains { $0.hasPrefix("pipeline.queueLimit = ") && $0.contains("# default;") })
    }

    @Test("says which address it cannot listen on")
    func taken() async throws {
        let service = try await ServiceProcess()
        let port = try #require(service.url.split(separator: ":").last)
        let outcome = try await Program.run("serve", "--port", String(port))
        #expect(outcome.status == 4)
        #expect(outcome.errors.contains("127.0.0.1:\(port)"), "\(outcome.errors)")
    }

    @Test("answers the emulated sensor's frames, of a picture and of a recording, and accounts for each")
    func sensor() async throws {
        let service = try await ServiceProcess()
        let recording = try await Program.run(
            "emulate", "--connect", service.url, "--scene", Program.sample + "/frame.dng", "--sensor-id", "recorded",
            "--fps", "4", "--frames", "4", "--json")
        #expect(recording.status == 0)
        let answered = try recording.objects()
        #expect(!answered.isEmpty)
        #expect(answered.allSatisfy { labels($0).contains("dog") })

        let emulated = try await Program.run(
            "emulate", "--connect", service.url, "--scene", Repository.root + "/docs/border-collie.jpg",
            "--mode", "2028x1520", "--fit", "letterbox", "--sensor-id", "emulated", "--fps", "2", "--frames", "3",
            "--json")
        #expect(emulated.status == 0)
        #expect(try emulated.objects().contains { labels($0).contains("dog") })
        #expect(emulated.errors.contains("3 frames = "))

        for id in ["recorded", "emulated"] {
            let account = try await service.send("GET", "/v1/sensors/\(id)").json()
            let received = try #require(account["received"] as? Int)
            let dropped = (account["dropped"] as? [String: Int] ?? [:]).values.reduce(0, +)
            #expect(received > 0)
            #expect(received == (account["answered"] as? Int ?? 0) + dropped)
            let latest = try await service.send("GET", "/v1/sensors/\(id)/latest.jpg")
            #expect(latest.contentType == "image/jpeg")
        }
    }

    @Test(
        "the emulator names what is wrong",
        arguments: [
            (["--scene", "/nonexistent"], 4), (["--scene", "models"], 4), (["--scene", "README.md"], 4),
            (["--sensor", "unheard-of"], 3), (["--mode", "1x1"], 3), (["--connect", "ftp://x"], 2),
            (["--fps", "-1"], 2),
            (["--connect", "http://127.0.0.1:9"], 4),
        ])
    func emulatorErrors(arguments: [String], status: Int) async throws {
        var all = ["emulate", "--connect", "http://127.0.0.1:9", "--frames", "1"]
        if !arguments.contains("--scene") { all += ["--scene", Program.sample + "/frame.dng"] }
        #expect(Int(try await Program.run(all + arguments).status) == status)
    }
}
