import Codecs
import ISP
import Imaging
import Pipeline
import Tensors
import TestSupport
import Testing
import Vision

/// The whole way of a frame, with the shipped models.
@Suite(.timeLimit(.minutes(5))) struct FramePipelineTests {
    private static let sample = Repository.root + "/samples/border-collie/frame.dng"

    private func pipeline(_ change: (inout PipelineConfiguration) -> Void = { _ in }) throws -> FramePipeline {
        var configuration = PipelineConfiguration()
        configuration.modelDirectory = Repository.root + "/models"
        change(&configuration)
        return try FramePipeline(configuration)
    }

    /// What the answer is a function of.
    private func answer(_ analysis: Analysis) -> FrameResult {
        var result = analysis.result
        result.timings = [:]
        return result
    }

    @Test("a raw frame's samples are looked at when asked, and the answer stays the same")
    func health() async throws {
        let frames = try pipeline()
        defer { frames.stop() }
        let input = try FrameInput.file(Self.sample)
        var options = AnalysisOptions()
        let plain = try await frames.analyze(input, options: options)
        #expect(plain.health == nil)
        options.statistics = true
        let looked = try await frames.analyze(input, options: options)
        #expect(answer(looked) == answer(plain))
        let health = try #require(looked.health)
        #expect(health.blackLevel > 0 && health.sharpness > 0)
        #expect((0...1).contains(health.clippedShare) && (0...1).contains(health.darkShare))
        #expect(health.defectShare < 0.01)
    }

    @Test("an answer carries the hashes of frame, ISP profile and model, and the options in force")
    func provenance() async throws {
        let frames = try pipeline()
        defer { frames.stop() }
        let input = try FrameInput.file(Self.sample)
        let result = try await frames.analyze(input, options: AnalysisOptions()).result
        #expect(result.frame.sha256 == SHA256.hex(of: input.bytes.bytes))
        #expect(result.model.sha256.count == 64)
        #expect(result.isp?.sha256.count == 64)
        #expect(result.isp?.demosaic == "half")
        #expect(result.options.confidenceThreshold == 0.25)
        #expect(result.model.numerics == "exact")
        let dog = try #require(result.detections?.first { $0.label == "dog" })
        #expect(dog.score > 0.36)
        for (pixel, normalized) in zip(dog.box, dog.normalizedBox) {
            #expect(pixel >= 0 && (0...1).contains(normalized))
        }
        #expect(abs(dog.normalizedBox[2] * 1968 - dog.box[2]) < 0.01)
        for stage in ["queue", "decode", "develop", "prepare", "inference", "postprocess", "hash", "total"] {
            #expect(result.timings[stage] != nil, "\(stage)")
        }
    }

    @Test("frames wait for each other where there is room for one in memory")
    func pixelBudget() async throws {
        let frames = try pipeline {
            $0.threads = 3
            $0.maximumPixelsInMemory = 13 << 20
        }
        defer { frames.stop() }
        let input = try FrameInput.file(Self.sample)
        let alone = answer(try await frames.analyze(input, options: AnalysisOptions()))
        try await withThrowingTaskGroup(of: FrameResult.self) { group in
            for _ in 0..<6 {
                group.addTask { self.answer(try await frames.analyze(input, options: AnalysisOptions())) }
            }
            for try await result in group { #expect(result == alone) }
        }
    }

    @Test("the network is given what developing the half-size picture and resampling it gives, bit for bit")
    func networkInput() throws {
        let input = try FrameInput.file(Self.sample)
        guard
            case .raw(let frame) = try ImageDecoder.decode(
                input.bytes, contentType: nil, description: input.description)
        else { throw CodecError.argument(field: "sample", detail: "is not raw") }
        let json = try ByteStorage.reading(
            path: Repository.root + "/models/yolov3-tiny/model.json", maximumByteCount: 1 << 20)
        let network = try ModelManifest(json: Array(json.bytes)).input
        let developer = Developer(profile: .standard)
        let picture = try developer.develop(frame, demosaic: .half).picture
        let expected = Tensor(dataType: .float32, shape: Shape(network.dimensions(batch: 1)))
        try InputPreparation(input: network, pictureWidth: picture.width, pictureHeight: picture.height)
            .prepare(picture, into: expected)
        for threads in 1...3 {
            let pool = ComputePool(width: threads)
            defer { pool.stop() }
            let found = try NetworkInput.make(input, for: network, developer: developer, pool: pool)
            #expect(found.array(of: Float.self) == expected.array(of: Float.self))
        }
    }

    @Test("many frames at a time, on any number of threads, get the answers they get alone", arguments: [1, 2, 3])
    func independence(threads: Int) async throws {
        let frames = try pipeline { $0.threads = threads }
        defer { frames.stop() }
        let inputs = try [
            FrameInput.file(Self.sample), FrameInput.file(Repository.root + "/samples/border-collie/frame.raw"),
            FrameInput.file(Repository.root + "/docs/border-collie.jpg"),
        ]
        var classifier = AnalysisOptions()
        classifier.model = "efficientnet-lite0"
        let requests = inputs.flatMap { [($0, AnalysisOptions()), ($0, classifier)] }
        var alone: [FrameResult] = []
        for (input, options) in requests { alone.append(answer(try await frames.analyze(input, options: options))) }
        let together = try await withThrowingTaskGroup(of: (Int, FrameResult).self) { group in
            for round in 0..<3 {
                for (index, request) in requests.enumerated() {
                    group.addTask {
                        let analysis = try await frames.analyze(request.0, options: request.1)
                        return (round * requests.count + index, answer(analysis))
                    }
                }
            }
            return try await group.reduce(into: [Int: FrameResult]()) { $0[$1.0] = $1.1 }
        }
        for (index, result) in together { #expect(result == alone[index % requests.count]) }
    }

    @Test("refuses at once when the queue is full, and answers what it admitted")
    func overload() async throws {
        let frames = try pipeline {
            $0.threads = 1
            $0.queueLimit = 2
        }
        defer { frames.stop() }
        let input = try FrameInput.file(Self.sample)
        let outcomes = await withTaskGroup(of: Result<Bool, any Error>.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    do {
                        return .success(
                            try await frames.analyze(input, options: AnalysisOptions()).result.detections != nil)
                    } catch { return .failure(error) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let refused = outcomes.filter { outcome in
            if case .failure(let error) = outcome, case PipelineError.overloaded(queueLimit: 2, _) = error {
                return true
            }
            return false
        }
        let answered = outcomes.filter { (try? $0.get()) == true }
        #expect(answered.count >= 2)
        #expect(refused.count > 0)
        #expect(answered.count + refused.count == 12)
        #expect(frames.queueDepth == 0)
    }

    @Test("gives up at the deadline, and when the caller goes away")
    func deadlineAndCancellation() async throws {
        let hurried = try pipeline { $0.deadlineMilliseconds = 1 }
        defer { hurried.stop() }
        let input = try FrameInput.file(Self.sample)
        await #expect(throws: PipelineError.deadlineExceeded(milliseconds: 1)) {
            try await hurried.analyze(input, options: AnalysisOptions())
        }
        let frames = try pipeline()
        defer { frames.stop() }
        let task = Task { try await frames.analyze(input, options: AnalysisOptions()) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(frames.queueDepth == 0)
    }

    @Test("names options that cannot be met")
    func badOptions() throws {
        let frames = try pipeline()
        defer { frames.stop() }
        func fault(_ change: (inout AnalysisOptions) -> Void) -> PipelineError? {
            var options = AnalysisOptions()
            change(&options)
            do {
                try frames.validate(options)
                return nil
            } catch { return error as? PipelineError }
        }
        #expect(
            fault { $0.model = "x" }
                == .unknownModel(name: "x", known: ["centerface", "efficientnet-lite0", "yolov3-tiny"]))
        #expect(fault { $0.profile = "x" } == .unknownProfile(name: "x", known: ["standard"]))
        #expect(fault { $0.classes = ["dog", "x"] } == .unknownClass(name: "x", model: "yolov3-tiny"))
        #expect(fault { $0.confidenceThreshold = -0.1 } != nil)
        #expect(fault { $0.iouThreshold = .nan } != nil)
        #expect(fault { $0.maximumDetections = 0 } != nil)
        #expect(fault { $0.picture = .jpeg(quality: 0) } != nil)
        #expect(fault { $0.classes = ["dog"] } == nil)
    }

    @Test("draws the answer into the full upright picture")
    func picture() async throws {
        let frames = try pipeline()
        defer { frames.stop() }
        var options = AnalysisOptions()
        options.picture = .png
        let analysis = try await frames.analyze(FrameInput.file(Self.sample), options: options)
        let png = ByteStorage(try #require(analysis.picture).bytes)
        guard case .picture(let picture, _) = try ImageDecoder.decode(png) else {
            Issue.record("not a picture")
            return
        }
        #expect((picture.width, picture.height) == (1968, 2592))
    }
}
