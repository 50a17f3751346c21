internal import ISP
internal import Vision

/// Options of a request with every default filled in and every name looked up.
struct ResolvedOptions: Sendable {
    let model: LoadedModel
    let profile: ISPProfile
    let thresholds: ModelManifest.Thresholds
    let classes: [String]?
    let classIDs: Set<Int>?
    let picture: PictureFormat?

    /// - Throws: ``PipelineError`` naming the option at fault.
    init(_ options: AnalysisOptions, library: ModelLibrary, profiles: ProfileLibrary) throws(PipelineError) {
        model = try library.model(named: options.model)
        profile = try profiles.profile(named: options.profile)
        let defaults = model.manifest.thresholds
        thresholds = ModelManifest.Thresholds(
            confidence: try Self.unit(options.confidenceThreshold, "confidence") ?? defaults.confidence,
            iou: try Self.unit(options.iouThreshold, "iou") ?? defaults.iou,
            maximumDetections: options.maximumDetections ?? defaults.maximumDetections)
        guard (1...1000).contains(thresholds.maximumDetections) else {
            throw .badOption(name: "max_detections", detail: "\(thresholds.maximumDetections) is not in 1…1000")
        }
        classes = options.classes
        if let classes = options.classes {
            guard !classes.isEmpty else { throw .badOption(name: "classes", detail: "names no class") }
            classIDs = try model.classIDs(of: classes)
        } else {
            classIDs = nil
        }
        if case .jpeg(let quality) = options.picture, !(1...100).contains(quality) {
            throw .badOption(name: "quality", detail: "\(quality) is not in 1…100")
        }
        picture = options.picture
    }

    private static func unit(_ value: Float?, _ name: String) throws(PipelineError) -> Float? {
        guard let value else { return nil }
        guard (0...1).contains(value) else { throw .badOption(name: name, detail: "\(value) is not in 0…1") }
        return value
    }
}
