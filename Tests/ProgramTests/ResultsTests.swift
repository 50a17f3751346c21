import Foundation
import TestSupport
import Testing

/// Results at rest, of the real program: killed, replayed, checked, backed up.
@Suite(.timeLimit(.minutes(5))) struct ResultsTests {
    private let picture = ["Content-Type": "image/jpeg"]

    private func jpeg() throws -> Data {
        try Data(contentsOf: URL(filePath: Repository.root + "/docs/border-collie.jpg"))
    }

    private func hash(_ result: [String: Any]) -> String? { (result["record"] as? [String: Any])?["sha256"] as? String }

    @Test("kill -9 in the middle of writing loses no acknowledged result and breaks no chain")
    func kill() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/results.sqlite"
        let picture = try jpeg()
        var acknowledged: Set<String> = []
        for round in 0..<3 {
            let service = try await ServiceProcess("--store", path, environment: ["FOVEA_STORE_CONTENTS": "frames"])
            acknowledged.formUnion(
                await withTaskGroup(of: [String].self) { group in
                    for sensor in 0..<4 {
                        group.addTask {
                            var hashes: [String] = []
                            // Until the connection breaks.
                            while let answer = try? await service.send(
                                "POST", "/v1/sensors/s\(sensor)/frames?model=efficientnet-lite0", headers: self.picture,
                                body: picture), answer.status == 200, let hash = try? self.hash(answer.json())
                            {
                                hashes.append(hash)
                            }
                            return hashes
                        }
                    }
                    group.addTask {
                        try? await Task.sleep(for: .milliseconds(1500 + 130 * round))
                        service.kill()
                        return []
                    }
                    return await group.reduce(into: []) { $0 += $1 }
                })
        }
        #expect(acknowledged.count > 10)
        let check = try await Program.run("store", "check", path)
        #expect(check.status == 0, "\(check.lines) \(check.errors)")
        let exported = try await Program.run("store", "export", path)
        #expect(Set(try exported.objects().compactMap { hash($0) }).isSuperset(of: acknowledged))
    }

    @Test("a stored raw frame replays to the same bits at every stage, also by another number of threads")
    func replay() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/results.sqlite"
        let frames = ["FOVEA_STORE_CONTENTS": "frames"]
        let dng = try Data(contentsOf: URL(filePath: Program.sample + "/frame.dng"))
        let first = try await ServiceProcess("--store", path, "--threads", "1", environment: frames)
        let answer = try await first.send("POST", "/v1/analyze?confidence=0.4", body: dng)
        #expect(answer.status == 200)
        #expect(await first.stop() == 0)
        let second = try await ServiceProcess("--store", path, "--threads", "2", environment: frames)
        let report = try await second.send("POST", "/v1/results/1/replay").json()
        let stages = try #require(report["stages"] as? [[String: Any]])
        #expect(
            stages.map { $0["stage"] as? String } == [
                "frame", "isp", "develop", "model", "options", "tensor", "outputs", "answer",
            ])
        #expect(stages.allSatisfy { $0["equal"] as? Bool == true }, "\(stages)")
        #expect(report["equal"] as? Bool == true)
        let frame = try await second.send("GET", "/v1/results/1/frame")
        #expect(frame.body == dng)
        let page = try await second.send("GET", "/v1/results?class=dog&min_score=0.4")
        #expect((try page.json()["results"] as? [[String: Any]])?.count == 1)
    }

    @Test("verify and check tell sound from tampered by their exit codes")
    func verify() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/results.sqlite"
        let service = try await ServiceProcess("--store", path)
        for _ in 0..<3 {
            _ = try await service.send(
                "POST", "/v1/sensors/cam/frames?model=efficientnet-lite0", headers: picture, body: try jpeg())
        }
        let copy = folder.path + "/copy.sqlite"
        #expect(try await Program.run("store", "backup", path, copy).status == 0)
        #expect(try await Program.run("store", "backup", path, copy).status == 4)
        #expect(await service.stop() == 0)
        #expect(try await Program.run("verify", "--store", copy).status == 0)
        let exported = try await Program.run("store", "export", path)
        #expect(exported.lines.count == 3)
        let file = folder.path + "/results.jsonl"
        try exported.output.write(to: URL(filePath: file))
        let last = try #require(hash(try exported.objects()[2]))
        #expect(try await Program.run("verify", file, "--expect", last).status == 0)
        let tampered = String(decoding: exported.output, as: UTF8.self).replacingOccurrences(of: "collie", with: "wolf")
        try Data(tampered.utf8).write(to: URL(filePath: file))
        let outcome = try await Program.run("verify", file)
        #expect(outcome.status == 1 && outcome.lines.allSatisfy { $0.hasPrefix("tampered: chain cam") })
        #expect(try await Program.run("verify", folder.path + "/none").status == 4)
        #expect(try await Program.run("verify", "--store", folder.path + "/none").status == 4)
        #expect(try await Program.run("verify").status == 2)
        try Data("nonsense".utf8).write(to: URL(filePath: copy))
        let broken = try await Program.run("store", "check", copy)
        #expect(broken.status == 4 && broken.errors.contains("copy.sqlite"))
    }
}
