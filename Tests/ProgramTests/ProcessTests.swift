import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ProcessTests {
    private func labels(_ object: [String: Any]) -> [String] {
        (object["detections"] as? [[String: Any]] ?? []).compactMap { $0["label"] as? String }
    }

    @Test("finds the dog in the sample frame, as DNG and as described raw bytes, in order")
    func sample() async throws {
        let outcome = try await Program.run(
            "process", Program.sample + "/frame.dng", Program.sample + "/frame.raw", "--model", "yolov3-tiny")
        #expect(outcome.status == 0)
        let results = try outcome.objects()
        #expect(results.count == 2)
        for result in results {
            let dog = try #require(
                (result["detections"] as? [[String: Any]])?.first { $0["label"] as? String == "dog" })
            #expect((dog["score"] as? Double ?? 0) > 0.36)
            let frame = try #require(result["frame"] as? [String: Any])
            #expect(frame["orientation"] as? Int == 8)
            #expect(frame["width"] as? Int == 1968)
            #expect(frame["height"] as? Int == 2592)
        }
        #expect((results[0]["frame"] as? [String: Any])?["source"] as? String == Program.sample + "/frame.dng")
    }

    @Test("answers are the same bit for bit whatever the threads and the jobs")
    func determinism() async throws {
        var answers: [[Data]] = []
        for (threads, jobs) in [("1", "1"), ("2", "1"), ("2", "4")] {
            let outcome = try await Program.run(
                "process", Program.sample + "/frame.dng", Program.sample + "/frame.raw", Program.sample + "/frame.dng",
                "--threads", threads, "--jobs", jobs)
            answers.append(
                try outcome.objects().map { object in
                    var object = object
                    object["timings"] = nil
                    return try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
                })
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0] == answers[2])
        #expect(answers[0][0] == answers[0][2])
    }

    @Test("reads standard input and writes annotated pictures under distinct names")
    func annotate() async throws {
        let folder = try TemporaryDirectory()
        let dng = try Data(contentsOf: URL(filePath: Program.sample + "/frame.dng"))
        let outcome = try await Program.run(
            "process", "-", Program.sample + "/frame.dng", Program.sample + "/frame.raw", "--annotate",
            folder.path + "/a/b", "--annotate-format", "png", input: dng)
        #expect(outcome.status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/a/b").sorted()
        #expect(names == ["frame-2.png", "frame.png", "stdin.png"])
        let png = try Data(contentsOf: URL(filePath: folder.path + "/a/b/frame.png"))
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }

    @Test("a bad file gives an error line, costs no other file, and ends with status 1")
    func badFiles() async throws {
        let folder = try TemporaryDirectory()
        let dng = try Data(contentsOf: URL(filePath: Program.sample + "/frame.dng"))
        let files: [(String, Data)] = [
            ("a-truncated.dng", dng.prefix(100_000)), ("b-empty.jpg", Data()), ("c-text.png", Data("hello".utf8)),
            ("d-undescribed.raw", Data(count: 100)), ("e-good.dng", dng),
        ]
        for (name, bytes) in files { try bytes.write(to: URL(filePath: folder.path + "/" + name)) }
        let outcome = try await Program.run("process", folder.path, folder.path + "/missing.jpg")
        #expect(outcome.status == 1)
        let objects = try outcome.objects()
        #expect(objects.count == 6)
        #expect(objects.map { $0["error"] != nil } == [true, true, true, true, false, true])
        #expect(labels(objects[4]).contains("dog"))
        #expect(outcome.errors.contains("5 of 6 inputs failed"))
    }

    @Test("stops at the first failure when asked to")
    func failFast() async throws {
        let outcome = try await Program.run(
            "process", "/nonexistent", Program.sample + "/frame.dng", "--fail-fast", "--jobs", "1")
        #expect(outcome.status == 1)
        #expect(outcome.lines.count == 1)
    }

    @Test("flags win over the side file of raw bytes, key by key")
    func overrides() async throws {
        let outcome = try await Program.run("process", Program.sample + "/frame.raw", "--orientation", "1")
        let frame = try #require(try outcome.objects().first?["frame"] as? [String: Any])
        #expect(frame["orientation"] as? Int == 1)
        #expect(frame["width"] as? Int == 2592)
    }

    @Test("a folder that links lead to again gives its frames once")
    func links() async throws {
        let folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.path + "/a", withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(filePath: folder.path + "/a/one.jpg"))
        for (link, target) in [("a/self", "."), ("a/up", ".."), ("b", "a")] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/" + link, withDestinationPath: target)
        }
        #expect(try await Program.run("process", folder.path).lines.count == 1)
    }

    @Test(
        "a contradictory description names the field",
        arguments: [
            ("--width", "2000", "length", 1), ("--height", "3000", "2592×3000", 1),
            ("--pixel-format", "SRGGB16", "length", 1), ("--black-level", "2000", "blackLevel", 1),
            ("--row-stride", "10", "rowStride", 1), ("--orientation", "9", "--orientation", 2),
            ("--white-balance", "1,2", "--white-balance", 2), ("--pixel-format", "SRGGB11", "--pixel-format", 2),
        ])
    func contradictions(flag: String, value: String, field: String, status: Int) async throws {
        let outcome = try await Program.run(
            "process", Program.sample + "/frame.raw", "--raw", Program.sample + "/frame.json", flag, value)
        #expect(Int(outcome.status) == status)
        let text = String(decoding: outcome.output, as: UTF8.self) + outcome.errors
        let plain = text.lowercased().filter { $0 != "-" }
        #expect(plain.contains(field.lowercased().filter { $0 != "-" }), "\(text)")
    }

    @Test(
        "wrong usage is status 2, a missing model 3, an unreadable folder 4",
        arguments: [
            (["process"], 2), (["process", "x", "--jobs", "0"], 2), (["process", "x", "--conf", "1.5"], 2),
            (["process", "x", "--classes", "unicorn"], 2), (["process", "x", "--model", "none"], 3),
            (["process", "x", "--isp-profile", "none"], 3), (["process", "x", "--annotate", "/proc/x"], 4),
            (["process", "x", "--threads", "0"], 2), (["nonsense"], 2),
            (["process", "x", "--models", "/nonexistent"], 3),
        ])
    func exitStatus(arguments: [String], status: Int) async throws {
        #expect(Int(try await Program.run(arguments).status) == status)
    }
}
