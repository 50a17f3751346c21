import Pipeline
import Synchronization
import Tensors
import TestSupport
import Testing

/// A folder of models that is looked at again and again.
@Suite(.timeLimit(.minutes(2))) struct PollingTests {
    private func polling(_ folder: TemporaryDirectory) throws -> FramePipeline {
        var configuration = PipelineConfiguration()
        configuration.modelDirectory = folder.path
        configuration.modelControl = .poll
        configuration.versionPolicy = .all
        configuration.threads = 2
        return try FramePipeline(configuration)
    }

    private final class Over: Sendable {
        let isSet = Atomic(false)
    }

    private func request(_ model: String) -> TensorRequest {
        let tensor = Tensor([1, 2, 3, 4] as [Float], shape: [1, 4])
        return TensorRequest(model: model, inputs: ["A": .tensor(tensor), "B": .tensor(tensor)])
    }

    @Test("new models and versions are loaded once they lie still for two looks, and those that are gone leave")
    func changes() async throws {
        let folder = try TemporaryDirectory()
        let frames = try polling(folder)
        defer { frames.stop() }
        let library = frames.library
        #expect(await library.poll().isEmpty)
        try ModelFolderBuilder.write(ModelFolderBuilder.sumAndDifference, "sum", in: folder.path)
        #expect(await library.poll().isEmpty)
        #expect(await library.poll() == [.loaded(name: "sum", versions: ["1"])])
        #expect(await library.poll().isEmpty)
        try ModelFolderBuilder.write(ModelFolderBuilder.sumAndDifference, "sum", version: "2", in: folder.path)
        #expect(await library.poll().isEmpty)
        #expect(await library.poll() == [.loaded(name: "sum", versions: ["1", "2"])])
        _ = try await frames.infer(request("sum"))
        let newest = try library.model(named: "sum")
        for version in ["1", "2"] { try FileWriting.remove("\(folder.path)/sum/\(version)/model.onnx") }
        #expect(await library.poll().isEmpty)
        #expect(await library.poll() == [.removed(name: "sum")])
        #expect(await library.poll().isEmpty)
        await #expect(throws: (any Error).self) { try await frames.infer(request("sum")) }
        // What was read for a model before it left is answered by it.
        #expect(try await frames.infer(request("sum"), by: newest).model.version == "2")
    }

    @Test("a file that is still growing is left alone, and one that cannot be used leaves the old model in place")
    func halfWritten() async throws {
        let folder = try TemporaryDirectory()
        try ModelFolderBuilder.write(ModelFolderBuilder.sumAndDifference, "sum", in: folder.path)
        let frames = try polling(folder)
        defer { frames.stop() }
        let library = frames.library
        let before = try library.model(named: "sum")
        let path = folder.path + "/sum/1/model.onnx"
        let bytes = ModelFolderBuilder.sumAndDifference.bytes
        for count in 1...5 {
            try FileWriting.write(Array(bytes[..<(count * bytes.count / 6)]), to: path)
            #expect(await library.poll().isEmpty)
        }
        guard case .failed(name: "sum", let reason)? = await library.poll().first else {
            Issue.record("half a network was loaded")
            return
        }
        #expect(reason.contains("sum"))
        #expect(await library.poll().isEmpty)
        #expect(try library.model(named: "sum") === before)
        _ = try await frames.infer(request("sum"))
        try FileWriting.write(bytes, to: path)
        #expect(await library.poll().isEmpty)
        #expect(await library.poll() == [.loaded(name: "sum", versions: ["1"])])
    }

    @Test("a model that cannot be used at the start keeps the others from nothing, and is loaded once it can")
    func brokenAtStart() async throws {
        let folder = try TemporaryDirectory()
        try ModelFolderBuilder.write(ModelFolderBuilder.sumAndDifference, "sum", in: folder.path)
        try FileWriting.makeDirectory(folder.path + "/broken/1")
        try FileWriting.write([1, 2, 3], to: folder.path + "/broken/1/model.onnx")
        let frames = try polling(folder)
        defer { frames.stop() }
        let library = frames.library
        _ = try await frames.infer(request("sum"))
        let entry = library.index.first { $0.name == "broken" }
        #expect(entry?.state == .unavailable && entry?.reason.isEmpty == false)
        try FileWriting.write(ModelFolderBuilder.sumAndDifference.bytes, to: folder.path + "/broken/1/model.onnx")
        _ = await library.poll()
        #expect(await library.poll() == [.loaded(name: "broken", versions: ["1"])])
        _ = try await frames.infer(request("broken"))
    }

    @Test("requests go on while models are loaded anew: none fails")
    func underLoad() async throws {
        let folder = try TemporaryDirectory()
        try ModelFolderBuilder.write(ModelFolderBuilder.sumAndDifference, "sum", in: folder.path)
        let frames = try polling(folder)
        defer { frames.stop() }
        let over = Over()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var answered = 0
                    while !over.isSet.load(ordering: .relaxed) || answered == 0 {
                        let sum = try await frames.infer(request("sum")).outputs.first?.tensor.array(of: Float.self)
                        #expect(sum == [2, 4, 6, 8])
                        answered += 1
                    }
                    return answered
                }
            }
            defer { over.isSet.store(true, ordering: .relaxed) }
            var loads = 0
            for round in 1...20 {
                try FileWriting.write(
                    Array("max_batch_size: \(round + 1)".utf8), to: folder.path + "/sum/config.pbtxt")
                loads += (await frames.library.poll()).count + (await frames.library.poll()).count
                #expect(try frames.library.model(named: "sum").maximumBatchSize == round + 1)
            }
            #expect(loads == 20)
        }
    }
}
