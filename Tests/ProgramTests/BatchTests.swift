import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// `fovea process` over many inputs: outputs, journal, resuming, interruption.
@Suite(.timeLimit(.minutes(10))) struct BatchTests {
    /// A folder of `count` links to the sample frame and some inputs that fail.
    private static func inputs(_ count: Int) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.path + "/in", withIntermediateDirectories: true)
        for index in 0..<count {
            let path = folder.path + "/in/frame\(1000 + index).dng"
            if index % 10 == 7 {
                try Data("no frame \(index)".utf8).write(to: URL(filePath: path))
            } else {
                try FileManager.default.createSymbolicLink(
                    atPath: path, withDestinationPath: Program.sample + "/frame.dng")
            }
        }
        return folder
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    private static func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test("killed again and again, a resumed run gives what an undisturbed one does, byte for byte")
    func killed() async throws {
        let folder = try Self.inputs(40)
        let arguments = ["process", folder.path + "/in", "--progress", "none", "--jobs", "2"]
        let whole = try await Program.run(arguments + ["-o", folder.path + "/whole.jsonl"])
        #expect(whole.status == 1)
        let output = folder.path + "/broken.jsonl"
        var kills = 0
        var random = SplitMix64(seed: 4)
        var status: Int32?
        while status == nil {
            let process = Program.process(arguments + ["-o", output, "--resume"])
            process.standardError = FileHandle.nullDevice
            try process.run()
            // The sooner the first, the later the next: every stage of a run is hit.
            let patience = Int.random(in: 20...200 + 60 * kills, using: &random)
            try await Task.sleep(for: .milliseconds(patience))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            if process.terminationReason == .exit { status = process.terminationStatus } else { kills += 1 }
            if kills > 200 { break }
        }
        #expect(kills >= 3)
        #expect(status == 1)
        #expect(try Self.text(output) == Self.text(folder.path + "/whole.jsonl"))
        let journal = try Self.text(output + ".journal").split(separator: "\n").filter { $0.contains("\"path\"") }
        #expect(journal.count == 40, "an input was dealt with twice")
        #expect(
            try Self.names(folder.path).filter { $0.hasPrefix("broken") } == ["broken.jsonl", "broken.jsonl.journal"])
    }

    @Test("a run goes on when a loss of power has left the output or the journal short", arguments: 0..<4)
    func cutShort(seed: UInt64) async throws {
        let folder = try Self.inputs(12)
        let output = folder.path + "/out.jsonl"
        let arguments = ["process", folder.path + "/in", "-o", output, "--progress", "none"]
        #expect(try await Program.run(arguments).status == 1)
        let whole = try Self.text(output)
        // As it stood before the end: the output still growing.
        try FileManager.default.moveItem(atPath: output, toPath: output + ".partial")
        var random = SplitMix64(seed: seed)
        for name in [output + ".partial", output + ".journal"] {
            let bytes = try Data(contentsOf: URL(filePath: name))
            try bytes.prefix(Int.random(in: bytes.count / 4..<bytes.count, using: &random)).write(
                to: URL(filePath: name))
        }
        #expect(try await Program.run(arguments + ["--resume"]).status == 1)
        #expect(try Self.text(output) == whole)
    }

    @Test("a resumed run takes up new, changed and mended inputs and leaves the others alone")
    func changed() async throws {
        let folder = try Self.inputs(8)
        let arguments = ["process", folder.path + "/in", "-o", folder.path + "/out.jsonl", "--resume"]
        #expect(try await Program.run(arguments).status == 1)
        let before = try Self.text(folder.path + "/out.jsonl").split(separator: "\n")
        // Mended, changed, new; the rest as it was.
        let dng = try Data(contentsOf: URL(filePath: Program.sample + "/frame.dng"))
        try dng.write(to: URL(filePath: folder.path + "/in/frame1007.dng"))
        try FileManager.default.removeItem(atPath: folder.path + "/in/frame1002.dng")
        try Data("spoilt".utf8).write(to: URL(filePath: folder.path + "/in/frame1002.dng"))
        try dng.write(to: URL(filePath: folder.path + "/in/frame2000.dng"))
        let outcome = try await Program.run(arguments + ["--report", folder.path + "/report.json"])
        #expect(outcome.status == 1)
        let after = try Self.text(folder.path + "/out.jsonl").split(separator: "\n")
        #expect(after.count == 9)
        #expect(Set(after).intersection(before).count == 6)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: folder.path + "/report.json")))
                as? [String: Any])
        #expect(report["skipped"] as? Int == 6)
        #expect(report["answered"] as? Int == 2)
        #expect(report["failed"] as? Int == 1)
        // Nothing to do, and still the same output.
        #expect(try await Program.run(arguments).status == 1)
        #expect(try Self.text(folder.path + "/out.jsonl").split(separator: "\n") == after)
    }

    @Test("a path that is named twice is answered twice, resumed or not")
    func twice() async throws {
        let folder = try Self.inputs(2)
        let (a, b) = (folder.path + "/in/frame1000.dng", folder.path + "/in/frame1001.dng")
        let arguments = ["process", a, b, a, "-o", folder.path + "/out.jsonl", "--resume"]
        #expect(try await Program.run(arguments).status == 0)
        let lines = try Self.text(folder.path + "/out.jsonl").split(separator: "\n")
        #expect(lines.count == 3 && lines[0] == lines[2])
        try Data("spoilt".utf8).write(to: URL(filePath: folder.path + "/new.dng"))
        #expect(try await Program.run(arguments + [folder.path + "/new.dng"]).status == 1)
        let more = try Self.text(folder.path + "/out.jsonl").split(separator: "\n")
        #expect(more.count == 4 && Array(more[..<3]) == lines)
    }

    @Test("other options make every answer anew")
    func options() async throws {
        let folder = try Self.inputs(3)
        let arguments = ["process", folder.path + "/in", "-o", folder.path + "/out.jsonl", "--resume"]
        #expect(try await Program.run(arguments).status == 0)
        #expect(try await Program.run(arguments + ["--conf", "0.99"]).status == 0)
        let lines = try Self.text(folder.path + "/out.jsonl").split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.contains("\"detections\":[]") })
    }

    @Test("Ctrl-C ends the run with status 130, and it goes on from there")
    func interrupted() async throws {
        let folder = try Self.inputs(120)
        let output = folder.path + "/out.jsonl"
        let arguments = ["process", folder.path + "/in", "-o", output, "--resume", "--jobs", "1"]
        let process = Program.process(arguments)
        process.standardError = FileHandle.nullDevice
        try process.run()
        let pid = process.processIdentifier
        // On a thread of its own: Swift's may be taken by other tests until the run is over.
        await onThread {
            // The journal shows that frames are being answered.
            while kill(pid, 0) == 0, (try? Self.text(output + ".journal"))?.contains("answered") != true {
                usleep(2000)
            }
            _ = kill(pid, SIGINT)
        }
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(process.terminationReason == .exit)
        #expect(!FileManager.default.fileExists(atPath: output))
        #expect(try await Program.run(arguments).status == 1)
        #expect(try Self.text(output).split(separator: "\n").count == 120)
    }

    @Test("COCO, CSV and YOLO say the same as JSON lines")
    func formats() async throws {
        let folder = try Self.inputs(8)
        let arguments = ["process", folder.path + "/in", "--progress", "none"]
        let lines = try await Program.run(arguments).objects()
        let boxes = lines.compactMap { $0["detections"] as? [[String: Any]] }
        let count = boxes.reduce(0) { $0 + $1.count }
        #expect(count >= 7)

        for target in [[], ["-o", folder.path + "/out.json"]] {
            let outcome = try await Program.run(arguments + ["--format", "coco"] + target)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("frame1007.dng"))
            let data = target.isEmpty ? outcome.output : try Data(contentsOf: URL(filePath: target[1]))
            let results = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
            #expect(results.count == count)
            #expect(results.first?["category_id"] as? Int == 18)
            #expect(results.first?["image_id"] as? Int == 1)
        }
        // A finished array that is taken up again stays one array.
        let again = try await Program.run(
            arguments + ["--format", "coco", "-o", folder.path + "/out.json", "--resume"])
        #expect(again.status == 1)
        let results = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: folder.path + "/out.json")))
        #expect((results as? [Any])?.count == count)

        let csv = try await Program.run(arguments + ["--format", "csv"]).lines
        #expect(csv.count == 1 + count + 1)
        // A message with commas in it is quoted.
        let plain = csv.filter { !$0.contains("\"") }
        #expect(plain.count >= 1 + count)
        #expect(plain.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 12 })

        let labels = folder.path + "/labels"
        #expect(try await Program.run(arguments + ["--format", "yolo", "-o", labels]).status == 1)
        #expect(try Self.names(labels).count == 7)
        let first = try Self.text(labels + "/frame1000.txt").split(separator: " ").compactMap {
            Double($0.filter { $0 != "\n" })
        }
        #expect(first.count == 6 && first[0] == 16)
    }

    @Test("a second model looks at what the first one found; boxes of a region are on the whole frame")
    func cascadeAndRegion() async throws {
        let plain = try await Program.run("process", Program.sample + "/frame.dng").objects()
        let outcome = try await Program.run(
            "process", Program.sample + "/frame.dng", "--then", "efficientnet-lite0", "--then-classes", "dog", "--roi",
            "0,0,1968,2400")
        let result = try #require(try outcome.objects().first)
        let dog = try #require((result["detections"] as? [[String: Any]])?.first)
        let classes = try #require(dog["classifications"] as? [[String: Any]])
        #expect(classes.first?["label"] as? String == "Border collie")
        let whole = try #require((plain.first?["detections"] as? [[String: Any]])?.first?["box"] as? [Double])
        let part = try #require(dog["box"] as? [Double])
        #expect(zip(whole, part).allSatisfy { abs($0 - $1) < 120 })
        #expect((result["frame"] as? [String: Any])?["height"] as? Int == 2592)
        #expect((result["options"] as? [String: Any])?["region"] as? [Double] == [0, 0, 1968, 2400])
    }

    @Test("crops and annotated pictures lie where their inputs lay, and redaction hides pixels")
    func pictures() async throws {
        let folder = try TemporaryDirectory()
        for name in ["a", "b"] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/in/" + name, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/in/\(name)/frame.dng", withDestinationPath: Program.sample + "/frame.dng")
        }
        let arguments = [
            "process", folder.path + "/in", "--annotate", folder.path + "/drawn", "--crops", folder.path + "/crops",
            "--picture-format", "png",
        ]
        #expect(try await Program.run(arguments).status == 0)
        #expect(try Self.names(folder.path + "/drawn/b") == ["frame.png"])
        #expect(try Self.names(folder.path + "/crops/dog/a") == ["frame-1.png"])
        let clear = try Data(contentsOf: URL(filePath: folder.path + "/crops/dog/a/frame-1.png"))
        #expect(try await Program.run(arguments + ["--privacy", "masked", "--hide", "dog"]).status == 0)
        let hidden = try Data(contentsOf: URL(filePath: folder.path + "/crops/dog/a/frame-1.png"))
        #expect(hidden.count < clear.count / 10, "a mosaic of few tiles packs well")
    }

    @Test(
        "wrong usage is status 2",
        arguments: [
            ["process", "x", "--resume"], ["process", "x", "--format", "yolo"], ["process", "x", "--format", "xml"],
            ["process", "x", "--privacy", "metadata", "--annotate", "y"], ["process", "x", "--roi", "1,2,3"],
            ["process", "x", "--then-conf", "0.5"], ["process", "x", "--roi", "0.5,0,0.2,1"],
            ["process", "x", "--ground-truth", "y.json"], ["process", "x", "--hide", "dog"],
        ])
    func usage(arguments: [String]) async throws {
        #expect(try await Program.run(arguments).status == 2)
    }

    @Test("two runs do not write one output at a time")
    func locked() async throws {
        let folder = try Self.inputs(1)
        let output = ["-o", folder.path + "/out.jsonl"]
        // A list that does not end keeps the first run at work until it is closed.
        let list = Pipe()
        let process = Program.process(["process", "--list", "-"] + output)
        process.standardInput = list
        process.standardError = FileHandle.nullDevice
        try process.run()
        while process.isRunning && ((try? Self.text(folder.path + "/out.jsonl.journal"))?.isEmpty != false) {
            try await Task.sleep(for: .milliseconds(2))
        }
        let second = try await Program.run(["process", folder.path + "/in"] + output)
        try list.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(second.status == 4)
        #expect(second.errors.contains("another run"))
    }

    @Test("scores results against COCO annotations and classes, and compares runs")
    func evaluation() async throws {
        let folder = try Self.inputs(4)
        let output = folder.path + "/out.jsonl"
        #expect(try await Program.run("process", folder.path + "/in", "-o", output).status == 0)
        let result = try #require(
            try JSONSerialization.jsonObject(with: Data(Self.text(output).split(separator: "\n")[0].utf8))
                as? [String: Any])
        let box = try #require((result["detections"] as? [[String: Any]])?.first?["box"] as? [Double])
        let size = (box[2] - box[0], box[3] - box[1])
        let truth: [String: Any] = [
            "images": (0..<4).map { ["id": $0 + 1, "file_name": "frame\(1000 + $0).dng"] },
            "categories": [["id": 18, "name": "dog"]],
            "annotations": (0..<4).map {
                [
                    "id": $0 + 1, "image_id": $0 + 1, "category_id": 18, "bbox": [box[0], box[1], size.0, size.1],
                    "area": size.0 * size.1, "iscrowd": 0,
                ] as [String: Any]
            },
        ]
        try JSONSerialization.data(withJSONObject: truth).write(to: URL(filePath: folder.path + "/truth.json"))
        let score = try await Program.run("eval", output, "--ground-truth", folder.path + "/truth.json", "--json")
        #expect(try score.objects().first?["AP"] as? Double == 1)
        #expect(try await Program.run("compare", output, output).status == 0)
        #expect(
            try await Program.run("process", folder.path + "/in", "-o", folder.path + "/b.jsonl", "--conf", "0.9")
                .status == 0)
        let difference = try await Program.run("compare", output, folder.path + "/b.jsonl")
        #expect(difference.status == 1)
        #expect(difference.lines.count == 4)
        #expect(try await Program.run("eval", output, "--ground-truth", "/nonexistent.json").status == 4)
    }
}
