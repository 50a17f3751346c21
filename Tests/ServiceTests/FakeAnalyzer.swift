import Codecs
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
            build: .init(version: "1.2.3", isa: "avx2"), timings: ["decode": 1.5, "inference": 12, "total": 14])
        let picture: [UInt8]? =
            switch options.picture {
            case .jpeg(let quality): [0xFF, 0xD8, UInt8(quality), 0xFF, 0xD9]
            case .png: [0x89, 0x50, 0x4E, 0x47]
            case nil: nil
            }
        return Analysis(result: result, picture: picture, pictureFormat: options.picture)
    }
}

extension ModelSummary {
    static let sample = ModelSummary(
        name: "sample model", version: "1", task: "detection", sha256: "00", license: "MIT", source: "here",
        labels: ["cat"], inputs: [.init(name: "images", dataType: "float32", shape: [-1, 3, 64, 64])],
        outputs: [.init(name: "out", dataType: "float32", shape: [-1, 85])], isDefault: true)
}
