internal import ISP
internal import Vision

/// Options of a request with every default filled in and every name looked up.
struct ResolvedOptions: Sendable {
    let model: LoadedModel
    let vision: VisionModel
    let developer: Developer
    let decoding: DecodingOptions
    let region: RegionOfInterest?
    let secondStage: ResolvedSecondStage?
    let picture: PictureFormat?
    let crops: PictureFormat?
    let redacted: Set<String>
    let takesDigests: Bool
    private let classes: [String]?

    /// - Throws: ``PipelineError`` naming the option at fault.
    init(_ options: AnalysisOptions, library: ModelLibrary, profiles: ProfileLibrary) throws(PipelineError) {
        try self.init(
            options, model: try library.model(named: options.model), library: library, profiles: profiles)
    }

    /// Options for a model that has been chosen.
    init(
        _ options: AnalysisOptions, model: LoadedModel, library: ModelLibrary, profiles: ProfileLibrary
    ) throws(PipelineError) {
        self.model = model
        vision = try model.requireVision()
        developer = try profiles.developer(named: options.profile)
        var decoding = DecodingOptions(vision.manifest.thresholds)
        if let confidence = options.confidenceThreshold {
            decoding.confidence = try Self.unit(confidence, "confidence")
        }
        if let iou = options.iouThreshold { decoding.iou = try Self.unit(iou, "iou") }
        if let most = options.maximumDetections {
            guard (1...1000).contains(most) else {
                throw .badOption(name: "max_detections", detail: "\(most) is not in 1…1000")
            }
            decoding.maximumDetections = most
        }
        if let classes = options.classes {
            guard !classes.isEmpty else { throw .badOption(name: "classes", detail: "names no class") }
            decoding.classes = try vision.classIDs(of: classes)
        }
        self.decoding = decoding
        classes = options.classes
        try options.region?.validate()
        region = options.region
        if let stage = options.secondStage {
            secondStage = try ResolvedSecondStage(stage, first: vision, library: library)
        } else {
            secondStage = nil
        }
        for case .jpeg(let quality)? in [options.picture, options.crops] where !(1...100).contains(quality) {
            throw .badOption(name: "quality", detail: "\(quality) is not in 1…100")
        }
        picture = options.picture
        crops = options.crops
        if let redacted = options.redacted { _ = try vision.classIDs(of: redacted) }
        redacted = Set(options.redacted ?? [])
        takesDigests = options.digests
    }

    static func unit(_ value: Float, _ name: String) throws(PipelineError) -> Float {
        guard (0...1).contains(value) else { throw .badOption(name: name, detail: "\(value) is not in 0…1") }
        return value
    }

    /// What a frame must give besides the network's input.
    var wishes: ModelView.Wishes {
        ModelView.Wishes(region: region, crops: secondStage != nil, picture: picture != nil || crops != nil)
    }

    /// As results carry them.
    var description: FrameResult.Options {
        FrameResult.Options(
            confidenceThreshold: decoding.confidence, iouThreshold: decoding.iou,
            maximumDetections: decoding.maximumDetections, classes: classes,
            region: region.map { [$0.x0, $0.y0, $0.x1, $0.y1] })
    }
}
