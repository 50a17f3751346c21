internal import Evaluation
internal import Imaging
internal import Quantization
internal import Tensors
internal import Vision

/// How far the answers of a quantised network are those of the float network.
package struct Agreement: Sendable, Equatable {
    package var pictures = 0
    /// Detectors: mean average precision at an overlap of 0.5, and over 0.50…0.95, of the quantised network's detections with
    /// the float network's, at the model's own threshold, as ground truth. `nil` when the float network found nothing.
    package var precision50: Double?
    package var precision: Double?
    /// How many objects the float network found.
    package var objects = 0
    /// Classifiers: pictures with the same best class.
    package var sameBestClass: Int?
    /// Power of the float network's outputs over power of the difference, in decibels.
    package var signalToNoise = 0.0

    /// 0…1: what a wanted agreement is compared with. Detectors: ``precision50``; classifiers: the part of pictures with the same
    /// best class; other networks: 1 − noise / signal.
    package var score: Double {
        if let precision50 { return precision50 }
        if let sameBestClass { return Double(sameBestClass) / Double(max(1, pictures)) }
        return max(0, 1 - Decibels.power(-signalToNoise))
    }
}

/// Compares answers picture by picture.
struct AgreementMeter {
    /// Low enough that a detection's fall below the model's threshold is a lower rank, not a loss.
    private static let leastScore: Float = 0.01

    private let manifest: ModelManifest
    private let decoder: HeadDecoder
    private var pictures = 0
    private var truths: [COCOGroundTruth.Annotation] = []
    private var found: [COCODetection] = []
    private var classified = 0
    private var sameBestClass = 0
    private var signal = 0.0
    private var noise = 0.0

    init(_ manifest: ModelManifest) {
        self.manifest = manifest
        decoder = HeadDecoder(manifest)
    }

    /// - Throws: `VisionError` when outputs are not what the manifest says.
    mutating func add(
        float: [String: Tensor], quantized: [String: Tensor], geometry: InputGeometry
    ) throws(VisionError) {
        pictures += 1
        for (name, tensor) in float.sorted(by: { $0.key < $1.key }) where tensor.dataType == .float32 {
            guard let other = quantized[name], other.shape == tensor.shape else { continue }
            for (x, y) in zip(tensor.elements(as: Float.self), other.elements(as: Float.self)) {
                signal += Double(x) * Double(x)
                noise += Double(x - y) * Double(x - y)
            }
        }
        let options = DecodingOptions(manifest.thresholds)
        var low = options
        low.confidence = min(Self.leastScore, options.confidence)
        low.maximumDetections = 300
        let expected = try decoder.decode(float, geometry: geometry, options: options)
        let answered = try decoder.decode(quantized, geometry: geometry, options: low)
        switch (expected, answered) {
        case (.detections(let expected), .detections(let answered)):
            for detection in expected {
                let box = COCOBox(detection.rect)
                truths.append(
                    .init(
                        imageID: pictures, categoryID: detection.classID, box: box, area: box.area, isCrowd: false))
            }
            for detection in answered {
                found.append(
                    COCODetection(
                        imageID: pictures, categoryID: detection.classID, box: COCOBox(detection.rect),
                        score: Double(detection.score)))
            }
        case (.classifications(let expected), .classifications(let answered)):
            classified += 1
            if expected.first?.classID == answered.first?.classID { sameBestClass += 1 }
        default: break
        }
    }

    var agreement: Agreement {
        var result = Agreement()
        result.pictures = pictures
        result.signalToNoise = Decibels.ratio(signal, noise)
        if classified > 0 { result.sameBestClass = sameBestClass }
        guard !truths.isEmpty else { return result }
        let categories = Set(truths.map(\.categoryID)).sorted()
        var evaluator = COCOEvaluator(
            COCOGroundTruth(
                images: (1...pictures).map { .init(id: $0, fileName: "") },
                categories: categories.map { .init(id: $0, name: "") }, annotations: truths))
        for detection in found { _ = evaluator.add(detection) }
        let summary = evaluator.summary()
        (result.precision50, result.precision, result.objects) = (summary.ap50, summary.ap, truths.count)
        return result
    }
}

extension COCOBox {
    fileprivate init(_ rect: Rect) {
        self.init(
            x: Double(rect.x0), y: Double(rect.y0), width: Double(rect.x1 - rect.x0),
            height: Double(rect.y1 - rect.y0))
    }
}
