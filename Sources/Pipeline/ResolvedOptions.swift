internal import ISP
internal import Vision

/// Options of a request with every default filled in and every name looked up.
struct ResolvedOptions: Sendable {
    let main: ResolvedModel
    let further: [ResolvedModel]
    let developer: Developer
    let region: RegionOfInterest?
    let secondStage: ResolvedSecondStage?
    let picture: PictureFormat?
    let crops: PictureFormat?
    let privacy: PrivacyLevel
    let takesDigests: Bool
    let takesStatistics: Bool
    /// Leave for the pictures that are asked for; `nil` when none are.
    let permit: PixelPermit?

    static let maximumModels = 8

    /// - Throws: ``PipelineError`` naming the option at fault.
    init(_ options: AnalysisOptions, pipeline: FramePipeline) throws(PipelineError) {
        try self.init(options, model: try pipeline.library.model(named: options.model), pipeline: pipeline)
    }

    /// Options for a model that has been chosen.
    init(_ options: AnalysisOptions, model: LoadedModel, pipeline: FramePipeline) throws(PipelineError) {
        let library = pipeline.library
        main = try ResolvedModel(model, options)
        var further: [ResolvedModel] = []
        for name in options.further {
            let next = try ResolvedModel(try library.model(named: name), options)
            guard next.model !== model, !further.contains(where: { $0.model === next.model }) else {
                throw .badOption(name: "model", detail: "names '\(name)' twice")
            }
            further.append(next)
        }
        guard further.count < Self.maximumModels else {
            throw .badOption(
                name: "model", detail: "names \(further.count + 1) models, the limit is \(Self.maximumModels)")
        }
        self.further = further
        let manifests = ([main] + further).map(\.vision.manifest)
        for label in options.classes ?? [] where !manifests.contains(where: { $0.labels.contains(label) }) {
            throw .unknownClass(name: label, model: manifests.map(\.name).joined(separator: ", "))
        }
        developer = try pipeline.profiles.developer(named: options.profile)
        try options.region?.validate()
        region = options.region
        if let stage = options.secondStage {
            secondStage = try ResolvedSecondStage(stage, first: main.vision, library: library)
        } else {
            secondStage = nil
        }
        for case .jpeg(let quality)? in [options.picture, options.crops] where !(1...100).contains(quality) {
            throw .badOption(name: "quality", detail: "\(quality) is not in 1…100")
        }
        picture = options.picture
        crops = options.crops
        privacy = options.privacy
        takesDigests = options.digests
        takesStatistics = options.statistics
        permit =
            picture == nil && crops == nil ? nil : try pipeline.permit(options, preferred: main.vision)
    }

    /// What a frame must give besides the network's input.
    var wishes: ModelView.Wishes {
        ModelView.Wishes(region: region, crops: secondStage != nil, picture: permit != nil)
    }
}

extension FramePipeline {
    /// Leave to let pictures out as the options' level has it.
    ///
    /// - Throws: ``PipelineError/withheld(what:level:)`` where pictures stay here, ``PipelineError/unmaskable(detail:)``.
    func permit(_ options: AnalysisOptions, preferred: VisionModel) throws(PipelineError) -> PixelPermit {
        switch options.privacy {
        case .full: return .full
        case .masked:
            let settings = Mask.Settings(
                faceModel: configuration.faceModel, confidence: configuration.maskConfidence)
            return .masked(
                PixelMask(
                    mask: try Mask(
                        classes: options.hidden, settings: settings, preferred: preferred, library: library,
                        pool: pool)))
        case .metadata, .tensor: throw .withheld(what: "pictures", level: options.privacy.rawValue)
        }
    }
}
