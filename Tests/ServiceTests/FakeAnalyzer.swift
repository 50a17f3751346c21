import Codecs
import Imaging
import Pipeline
import Synchronization
import Tensors
import Vision

/// Answers frames as a test says, and remembers what it was asked.
final class FakeAnalyzer: FrameAnalyzing {
    typealias Answer = @Sendable (FrameInput, AnalysisOptions) async throws -> Analysis

    struct Call: Sendable {
        var input: FrameInput
        var options: AnalysisOptions
    }

    private let recorded = Mutex<[Call]>([])
    private let answer: Answer
    let models: [ModelSummary]
    let queueDepth = 3
    let queueLimit = 64

    init(
        models: [ModelSummary] = [.sample], _ answer: @escaping Answer = { FakeAnalyzer.result(of: $0, options: $1) }
    ) {
        self.models = models
        self.answer = answer
    }

    var calls: [Call] { recorded.withLock { $0 } }

    func analyze(_ input: FrameInput, options: AnalysisOptions) async throws -> Analysis {
        recorded.withLock { $0.append(Call(input: input, options: options)) }
        return try await answer(input, options)
    }

    /// A result that depends on the input, with a picture when one is asked for.
    static func result(of input: FrameInput, options: AnalysisOptions) -> Analysis {
        let result = FrameResult(
            frame: .init(
                sha256: "\(input.bytes.byteCount)", width: 4, height: 2, orientation: 1, kind: "raw",
                source: input.source, sensor: input.sensor, sequence: input.description.sequence),
            detections: [
                .init(box: [0, 0, 1, 1], normalizedBox: [0, 0, 0.25, 0.5], label: "cat", classID: 15, score: 0.5)
            ],
            model: .init(
                name: options.model ?? "sample", version: "1", sha256: "00", license: "MIT", task: "detection",
                precision: "fp32", numerics: "exact"),
            options: .init(
                confidenceThreshold: options.confidenceThreshold ?? 0.25, iouThreshold: 0.45, maximumDetections: 100),
            privacy: .init(level: options.privacy), build: .init(version: "1.2.3", isa: "avx2"),
            timings: ["decode": 1.5, "inference": 12, "total": 14])
        return Analysis(result: result, picture: options.picture.flatMap(picture))
    }

    /// A picture of 4 × 2 black pixels.
    static func picture(_ format: PictureFormat) -> EncodedPicture? {
        try? ReleasedPicture(whole: Picture(width: 4, height: 2, format: .rgb8), under: .full)?.encoded(as: format)
    }
}

extension ModelSummary {
    static let sample = ModelSummary(
        name: "sample model", version: "1", task: "detection", sha256: "00", license: "MIT", source: "here",
        labels: ["cat"], inputs: [.init(name: "images", dataType: "float32", shape: [-1, 3, 64, 64])],
        outputs: [.init(name: "out", dataType: "float32", shape: [-1, 85])], isDefault: true)
}
