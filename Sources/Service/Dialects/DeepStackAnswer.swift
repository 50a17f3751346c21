import FoundationEssentials
import Vision

/// Detections in the form of DeepStack and CodeProject.AI: whole pixels, best first.
struct DeepStackAnswer: Encodable {
    struct Prediction: Encodable {
        var label: String
        var confidence: Float
        var xMin: Int
        var yMin: Int
        var xMax: Int
        var yMax: Int

        enum CodingKeys: String, CodingKey {
            case label, confidence
            case xMin = "x_min"
            case yMin = "y_min"
            case xMax = "x_max"
            case yMax = "y_max"
        }
    }

    var success = true
    var message: String
    var predictions: [Prediction]
    var count: Int
    /// Seconds.
    var duration: Double
    var inferenceMs: Int
    var processMs: Int
    var analysisRoundTripMs: Int
    var moduleId = "fovea"
    var moduleName = "Fovea"
    var command = "detect"
    var executionProvider = "CPU"
    var inferenceDevice = "CPU"
    var canUseGPU = false
    var code = 200
    var timestampUTC: String
    var processedBy = "localhost"

    /// - Parameter took: from the request's arrival.
    init(_ result: FrameResult, build: FrameResult.Build, took: Duration) {
        // Some readers stop at the first prediction that is too weak.
        predictions = (result.detections ?? []).sorted { $0.score > $1.score }.map { detection in
            Prediction(
                label: detection.label, confidence: detection.score, xMin: Self.pixel(detection.box[0]),
                yMin: Self.pixel(detection.box[1]), xMax: Self.pixel(detection.box[2]),
                yMax: Self.pixel(detection.box[3]))
        }
        count = predictions.count
        message = count == 0 ? "No objects found" : "Found \(predictions.map(\.label).joined(separator: ", "))"
        duration = took / .seconds(1)
        let total = Int((took / .milliseconds(1)).rounded())
        inferenceMs = Int((result.timings["inference"] ?? 0).rounded())
        processMs = Int((result.timings["total"] ?? 0).rounded())
        analysisRoundTripMs = total
        timestampUTC = HTTPDate.text(Date())
    }

    private static func pixel(_ value: Float) -> Int { value.isFinite ? Int(value.rounded()) : 0 }
}
