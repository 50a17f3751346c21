import Foundation
import TestSupport
import Testing

/// `fovea model add`: a bare ONNX file becomes a model that answers.
@Suite(.timeLimit(.minutes(5))) struct ModelAddTests {
    @Test(
        "tells the shipped networks by their outputs, and they answer as the shipped models do",
        arguments: [("yolov3-tiny", "yolov3", "416x416"), ("efficientnet-lite0", "classification", nil)])
    func shipped(name: String, family: String, size: String?) async throws {
        let folder = try TemporaryDirectory()
        let file = Repository.root + "/models/\(name)/1/model.onnx"
        let arguments =
            ["model", "add", file, "--name", "mine", "--models", folder.path]
            + (size.map { ["--input-size", $0] } ?? [])
        let outcome = try await Program.run(arguments)
        #expect(outcome.status == 0)
        #expect(outcome.lines.first?.contains(family) == true, "\(outcome.errors)")
        let listed = try await Program.run("model", "list", "--models", folder.path)
        #expect(listed.lines.count == 1)
        let result = try #require(
            try await Program.run("process", Program.sample + "/frame.dng", "--models", folder.path, "--model", "mine")
                .objects().first)
        #expect(result["error"] == nil)
        if family == "yolov3" {
            let labels = (result["detections"] as? [[String: Any]] ?? []).compactMap { $0["label"] as? String }
            #expect(labels.contains("dog"))
        } else {
            // ImageNet's border collie, by its number: the file has no labels.
            #expect((result["classifications"] as? [[String: Any]])?.first?["classID"] as? Int == 232)
        }
        #expect(try await Program.run(arguments).status == 2, "a second model of the name")
        #expect(try await Program.run(arguments + ["--replace"]).status == 0)
    }

    @Test("YOLOX by its rows", .enabled(if: SharedData.exists("models/yolox_nano.onnx"), "\(SharedData.absentComment)"))
    func yolox() async throws {
        let folder = try TemporaryDirectory()
        let outcome = try await Program.run(
            "model", "add", SharedData.path("models/yolox_nano.onnx"), "--models", folder.path, "--license",
            "Apache-2.0")
        #expect(outcome.status == 0)
        let result = try #require(
            try await Program.run(
                "process", Repository.root + "/docs/border-collie.jpg", "--models", folder.path, "--model", "yolox_nano"
            ).objects().first)
        let labels = (result["detections"] as? [[String: Any]] ?? []).compactMap { $0["label"] as? String }
        #expect(labels.contains("dog"), "\(result)")
    }

    @Test("what cannot be a model is refused and leaves nothing behind")
    func refused() async throws {
        let folder = try TemporaryDirectory()
        let noise = folder.path + "/noise.onnx"
        try Data("no network".utf8).write(to: URL(filePath: noise))
        let models = folder.path + "/models"
        try FileManager.default.createDirectory(atPath: models, withIntermediateDirectories: true)
        #expect(try await Program.run("model", "add", noise, "--models", models).status == 3)
        #expect(try await Program.run("model", "add", "/nonexistent.onnx", "--models", models).status == 4)
        let file = Repository.root + "/models/efficientnet-lite0/1/model.onnx"
        #expect(try await Program.run("model", "add", file, "--models", models, "--family", "ssd").status == 3)
        #expect(try await Program.run("model", "add", file, "--models", models, "--mean", "1,2").status == 3)
        #expect(try FileManager.default.contentsOfDirectory(atPath: models).isEmpty)
    }
}
