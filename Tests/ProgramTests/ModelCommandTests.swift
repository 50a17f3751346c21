import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ModelCommandTests {
    private static let cases = "/usr/share/libonnx-testdata/data"

    @Test("lists the shipped models with task and licence")
    func list() async throws {
        let outcome = try await Program.run("model", "list")
        #expect(outcome.status == 0)
        #expect(outcome.lines.contains { $0.hasPrefix("yolov3-tiny\t1\tdetection") })
        #expect(outcome.lines.contains { $0.hasPrefix("efficientnet-lite0\t1\tclassification") })
    }

    @Test("shows a network's ports and, with --graph, its nodes")
    func info() async throws {
        let outcome = try await Program.run("model", "info", "yolov3-tiny", "--graph")
        #expect(outcome.status == 0)
        let text = String(decoding: outcome.output, as: UTF8.self)
        #expect(text.contains("images float32[N,3,416,416]"))
        #expect(text.contains("Conv"))
    }

    @Test(
        "passes ONNX's simple cases that need no training, sequence or string",
        .enabled(if: FileManager.default.fileExists(atPath: cases), "Debian's libonnx-testdata is not installed"))
    func simpleCases() async throws {
        let excluded = ["sequence", "string", "strnorm", "gradient"]
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.cases + "/simple").filter { name in
            !excluded.contains { name.contains($0) }
        }
        #expect(names.count >= 7)
        for name in names {
            let outcome = try await Program.run("model", "check", Self.cases + "/simple/" + name)
            #expect(outcome.status == 0, "\(name): \(outcome.errors)")
        }
    }

    @Test("a file that is no model, a missing one and missing inputs are told apart from a crash")
    func errors() async throws {
        let folder = try TemporaryDirectory()
        let broken = folder.path + "/broken.onnx"
        try Data("not a model".utf8).write(to: URL(filePath: broken))
        #expect(try await Program.run("model", "info", broken).status == 3)
        #expect(try await Program.run("model", "info", "/nonexistent.onnx").status == 4)
        #expect(try await Program.run("model", "info", "unheard-of").status == 3)
        let missing = try await Program.run("model", "run", "yolov3-tiny", "--output-dir", folder.path)
        #expect(missing.status == 3)
        #expect(missing.errors.contains("images"))
        #expect(try await Program.run("model", "check", folder.path + "/none").status == 4)
    }

    @Test("a model whose file does not have the promised hash is refused")
    func tampered() async throws {
        let folder = try TemporaryDirectory()
        let model = folder.path + "/yolov3-tiny"
        try FileManager.default.copyItem(atPath: Repository.root + "/models/yolov3-tiny", toPath: model)
        let handle = try #require(FileHandle(forUpdatingAtPath: model + "/1/model.onnx"))
        try handle.seek(toOffset: 5_000_000)
        try handle.write(contentsOf: Data([1, 2, 3, 4]))
        try handle.close()
        let outcome = try await Program.run("process", "x.jpg", "--models", folder.path)
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("SHA-256"))
    }
}
