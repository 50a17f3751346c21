import Foundation
import TestSupport
import Testing

/// `--precision int8`: the int8 network beside the float one runs, and answers say so.
@Suite(.timeLimit(.minutes(5))) struct PrecisionTests {
    private static func model(_ result: [String: Any]) -> [String: Any] { result["model"] as? [String: Any] ?? [:] }

    /// What `model.json` says of a model's first version.
    private static func digest(_ key: String, _ folder: String) throws -> String {
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: folder + "/model.json")))
        let versions = try #require((json as? [String: Any])?["versions"] as? [[String: Any]])
        return try #require(versions.first?[key] as? String)
    }

    @Test(
        "the shipped detector finds the dog in every precision, and says which file ran in which",
        arguments: ["fp32", "bf16", "int8"])
    func detector(precision: String) async throws {
        let outcome = try await Program.run(
            "process", Program.sample + "/frame.dng", "--model", "yolov3-tiny", "--precision", precision)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let result = try #require(try outcome.objects().first)
        let labels = (result["detections"] as? [[String: Any]] ?? []).compactMap { $0["label"] as? String }
        #expect(labels.contains("dog"))
        #expect(Self.model(result)["precision"] as? String == precision)
        let digest = try Self.digest(precision == "int8" ? "int8" : "sha256", Repository.root + "/models/yolov3-tiny")
        #expect(Self.model(result)["sha256"] as? String == digest)
    }

    @Test("all shipped models run in int8")
    func allModels() async throws {
        for name in ["yolov3-tiny", "efficientnet-lite0", "centerface"] {
            let outcome = try await Program.run(
                "process", Program.sample + "/frame.dng", "--model", name, "--precision", "int8")
            #expect(outcome.status == 0, "\(name): \(outcome.errors)")
        }
    }

    @Test("a model without an int8 version is refused with the command that makes one; a changed one by its digest")
    func refused() async throws {
        let folder = try TemporaryDirectory()
        let models = folder.path + "/models"
        try FileManager.default.createDirectory(atPath: models, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: Repository.root + "/models/efficientnet-lite0", toPath: models + "/efficientnet-lite0")
        let file = models + "/efficientnet-lite0/1/model.int8.onnx"
        let arguments = ["process", Program.sample + "/frame.dng", "--models", models, "--precision", "int8"]
        let original = try Data(contentsOf: URL(filePath: file))
        var changed = original
        changed[changed.count / 2] ^= 1
        try changed.write(to: URL(filePath: file))
        let tampered = try await Program.run(arguments)
        #expect(tampered.status == 3)
        #expect(tampered.errors.contains("SHA-256"), "\(tampered.errors)")
        try FileManager.default.removeItem(atPath: file)
        let missing = try await Program.run(arguments)
        #expect(missing.status == 3)
        #expect(missing.errors.contains("fovea model quantize efficientnet-lite0"), "\(missing.errors)")
        let worker = try await Program.run(
            "bench", "worker", models + "/efficientnet-lite0/1/model.onnx", "1", "int8", input: Data("quit\n".utf8))
        #expect(worker.status == 3)
        #expect(worker.errors.contains("fovea model quantize"), "\(worker.errors)")
        try original.write(to: URL(filePath: file))
        #expect(try await Program.run(arguments).status == 0)
    }

    @Test("model quantize puts the int8 version beside the network and its digest into model.json, to the same bytes")
    func quantize() async throws {
        let folder = try TemporaryDirectory()
        let models = folder.path + "/models"
        try FileManager.default.createDirectory(atPath: models, withIntermediateDirectories: true)
        let model = models + "/efficientnet-lite0"
        try FileManager.default.copyItem(atPath: Repository.root + "/models/efficientnet-lite0", toPath: model)
        try FileManager.default.removeItem(atPath: model + "/1/model.int8.onnx")
        let pictures = folder.path + "/pictures"
        try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
        for index in 0..<4 {
            try FileManager.default.copyItem(
                atPath: Repository.root + "/docs/border-collie.jpg", toPath: "\(pictures)/\(index).jpg")
        }
        var files: [Data] = []
        for threads in ["1", "2"] {
            let outcome = try await Program.run(
                "model", "quantize", "efficientnet-lite0", "--calibrate", pictures, "--models", models, "--threads",
                threads, "--agreement", "0")
            #expect(outcome.status == 0, "\(outcome.errors)")
            files.append(try Data(contentsOf: URL(filePath: model + "/1/model.int8.onnx")))
        }
        #expect(files[0] == files[1])
        let result = try #require(
            try await Program.run(
                "process", Program.sample + "/frame.dng", "--models", models, "--precision", "int8"
            ).objects().first)
        #expect(try Self.model(result)["sha256"] as? String == Self.digest("int8", model))
    }
}
