internal import Vision

/// A model that is to look at a frame, with the thresholds in force.
struct ResolvedModel: Sendable {
    let model: LoadedModel
    let vision: VisionModel
    let decoding: DecodingOptions
    private let classes: [String]?
    private let region: RegionOfInterest?

    /// - Throws: ``PipelineError`` naming the option at fault.
    init(_ model: LoadedModel, _ options: AnalysisOptions) throws(PipelineError) {
        self.model = model
        vision = try model.requireVision()
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
            // With several models a class is for those that know it.
            let own = options.further.isEmpty ? classes : classes.filter(vision.manifest.labels.contains)
            decoding.classes = try vision.classIDs(of: own)
        }
        self.decoding = decoding
        classes = options.classes
        region = options.region
    }

    static func unit(_ value: Float, _ name: String) throws(PipelineError) -> Float {
        guard (0...1).contains(value) else { throw .badOption(name: name, detail: "\(value) is not in 0…1") }
        return value
    }

    /// As results carry the options.
    var description: FrameResult.Options {
        FrameResult.Options(
            confidenceThreshold: decoding.confidence, iouThreshold: decoding.iou,
            maximumDetections: decoding.maximumDetections, classes: classes,
            region: region.map { [$0.x0, $0.y0, $0.x1, $0.y1] })
    }

    func predict(
        _ content: ModelView.Content, pool: ComputePool, clock: inout StageClock, digests: StageDigests? = nil,
        isCancelled: @Sendable () -> Bool
    ) throws -> Predictions {
        try model.predict(
            content, with: vision, options: decoding, parallelism: pool.parallelism, clock: &clock,
            digests: digests, isCancelled: isCancelled)
    }
}
