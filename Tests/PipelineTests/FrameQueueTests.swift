import Codecs
import Dispatch
import Imaging
import Pipeline
import Synchronization
import Tensors
import TestSupport
import Testing
import Vision

/// Frames that share a run of a network where more wait than there are threads.
@Suite(.timeLimit(.minutes(2))) struct FrameQueueTests {
    /// Scores of four classes, each a sum over [N, 3, 8, 8].
    ///
    /// - Parameter mixes: whether a row's scores depend on the rows beside it.
    private static func classifier(mixes: Bool) -> ONNXBuilder {
        var random = SplitMix64(seed: 3)
        let weights = (0..<192 * 4).map { _ in Float(random.next() % 2001) / 10_000 - 0.1 }
        var model = ONNXBuilder()
        model.input("images", ["N", 3, 8, 8])
        model.initializer("w", Tensor(weights, shape: [192, 4]))
        model.node("Flatten", ["images"], ["flat"])
        model.node("MatMul", ["flat", "w"], ["scores"])
        if mixes {
            model.node("ReduceMean", ["scores"], ["mean"], [("axes", .ints([0])), ("keepdims", .int(1))])
            model.node("Add", ["scores", "mean"], ["logits"])
        } else {
            model.node("Relu", ["scores"], ["logits"])
        }
        model.output("logits")
        return model
    }

    private static func write(mixes: Bool, in folder: String) throws {
        let network = classifier(mixes: mixes)
        try ModelFolderBuilder.write(network, "small", in: folder)
        let digest = SHA256.hex(of: network.bytes)
        let manifest = """
            {"schema": "fovea.model/1", "name": "small", "task": "classification",
             "versions": [{"version": "1", "sha256": "\(digest)", "precision": "fp32"}],
             "input": {"name": "images", "width": 8, "height": 8, "layout": "NCHW", "colorOrder": "RGB", "scale": 0.01,
                       "mean": [0, 0, 0], "std": [1, 1, 1], "fit": "stretch", "padValue": 0, "filter": "bilinear"},
             "head": {"family": "classification", "classes": 4, "output": "logits", "activation": "softmax"},
             "thresholds": {"confidence": 0, "iou": 0.5, "maximumDetections": 4}, "labels": ["a", "b", "c", "d"],
             "license": "MIT", "source": {"url": "file:small", "file": "small.onnx", "sha256": "\(digest)"}}
            """
        try FileWriting.write(Array(manifest.utf8), to: folder + "/small/model.json")
    }

    /// One compute thread that a test can hold.
    private final class Fixture: Sendable {
        let folder: TemporaryDirectory
        let frames: FramePipeline

        init(mixes: Bool = false, maximumRows: Int = 8) throws {
            folder = try TemporaryDirectory()
            try FrameQueueTests.write(mixes: mixes, in: folder.path)
            var configuration = PipelineConfiguration()
            configuration.modelDirectory = folder.path
            configuration.threads = 1
            configuration.batching.maximumRows = maximumRows
            frames = try FramePipeline(configuration)
        }

        deinit { frames.stop() }

        func scores(_ input: FrameInput) async throws -> [String: Float] {
            let found = try await frames.analyze(input, options: AnalysisOptions()).result.classifications ?? []
            return Dictionary(uniqueKeysWithValues: found.map { ($0.label, $0.score) })
        }

        /// Rows of the runs so far, by how many they had.
        func runs() throws -> [Int: UInt64] {
            try frames.library.model(named: "small").statistics.snapshot.batches.mapValues(\.computeInfer.count)
        }

        /// Lets all frames wait for one held thread, then lets go; the answers in the frames' order, `nil` for one that failed.
        func together(_ inputs: [FrameInput]) async -> [[String: Float]?] {
            let gate = DispatchSemaphore(value: 0)
            _ = frames.pool.submit { gate.wait() }
            let answers = Answers()
            await withTaskGroup { group in
                for index in inputs.indices {
                    let input = inputs[index]
                    group.addTask {
                        let scores = try? await self.scores(input)
                        answers.scores.withLock { $0[index] = scores }
                    }
                }
                while frames.queueDepth < inputs.count { await Task.yield() }
                // Admitted is not yet queued.
                try? await Task.sleep(for: .milliseconds(30))
                gate.signal()
            }
            return inputs.indices.map { index in answers.scores.withLock { $0[index] } }
        }
    }

    private final class Answers: Sendable {
        let scores = Mutex<[Int: [String: Float]]>([:])
    }

    private static func frames(_ count: Int) throws -> [FrameInput] {
        try (0..<count).map { index in
            var random = SplitMix64(seed: UInt64(index))
            let picture = Picture(width: 20, height: 12, format: .rgb8)
            for offset in 0..<picture.rowStride * 12 {
                picture.storage.mutableBytes[offset] = UInt8.random(in: 0...255, using: &random)
            }
            let png = try ImageEncoder.encodePNG(picture)
            return FrameInput(bytes: png.withUnsafeBytes { ByteStorage(copying: $0) }, contentType: "image/png")
        }
    }

    @Test("frames that wait share runs, the first two also run alone, and each gets the bits that it gets alone")
    func pairs() async throws {
        let fixture = try Fixture()
        let inputs = try Self.frames(9)
        var alone: [[String: Float]?] = []
        for input in inputs { alone.append(try await fixture.scores(input)) }
        #expect(try fixture.runs() == [1: 9])
        #expect(await fixture.together(inputs) == alone)
        // Four pairs and one left over; the first pair also row by row.
        #expect(try fixture.runs() == [1: 12, 2: 4])
        #expect(await fixture.together(inputs) == alone)
        #expect(try fixture.runs() == [1: 13, 2: 8])
    }

    @Test("a network whose rows are not independent is found out, and its frames go alone for good")
    func mixing() async throws {
        let fixture = try Fixture(mixes: true)
        let inputs = try Self.frames(6)
        var alone: [[String: Float]?] = []
        for input in inputs { alone.append(try await fixture.scores(input)) }
        for _ in 0..<2 { #expect(await fixture.together(inputs) == alone) }
        // One pair was tried.
        #expect(try fixture.runs() == [1: 18, 2: 1])
    }

    @Test("where requests run alone, frames do")
    func alone() async throws {
        let fixture = try Fixture(maximumRows: 1)
        _ = await fixture.together(try Self.frames(4))
        #expect(try fixture.runs() == [1: 4])
    }

    @Test("a frame that cannot be decoded takes nobody with it")
    func broken() async throws {
        let fixture = try Fixture()
        var inputs = try Self.frames(4)
        let expected = try await fixture.scores(inputs[0])
        inputs[1].bytes = ByteStorage(byteCount: 100)
        let answers = await fixture.together(inputs)
        #expect(answers[0] == expected)
        #expect(answers.map { $0 != nil } == [true, false, true, true])
    }
}
