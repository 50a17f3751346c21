internal import Imaging
internal import Vision

/// A second model with its options looked up, that is shown each thing the first one found.
struct ResolvedSecondStage: Sendable {
    let model: LoadedModel
    private let vision: VisionModel
    private let decoding: DecodingOptions
    /// Labels of detections to look at; `nil`: all.
    private let labels: Set<String>?

    /// - Throws: ``PipelineError`` naming the option at fault.
    init(_ stage: SecondStage, first: VisionModel, library: ModelLibrary) throws(PipelineError) {
        model = try library.model(named: stage.model)
        vision = try model.requireVision()
        var decoding = DecodingOptions(vision.manifest.thresholds)
        if let confidence = stage.confidenceThreshold {
            decoding.confidence = try ResolvedModel.unit(confidence, "then_confidence")
        }
        self.decoding = decoding
        if let classes = stage.classes { _ = try first.classIDs(of: classes) }
        labels = stage.classes.map { Set($0) }
    }

    /// Adds to each detection what the model says of its part of the picture: classes, or parts with boxes on the frame.
    ///
    /// - Throws: `VisionError`, `GraphError`.
    func look(
        at view: ModelView, in result: inout FrameResult, pool: ComputePool, clock: inout StageClock,
        isCancelled: @Sendable () -> Bool
    ) throws {
        result.secondModel = model.provenance(vision.manifest)
        guard var detections = result.detections else { return }
        for index in detections.indices where labels?.contains(detections[index].label) ?? true {
            guard let place = view.place(of: detections[index]), let whole = view.whole else { continue }
            let predictions = try model.predict(
                .picture(whole.cropped(to: place)), with: vision, options: decoding, parallelism: pool.parallelism,
                clock: &clock,
                isCancelled: isCancelled)
            let found = view.describe(predictions, manifest: vision.manifest, at: place)
            detections[index].classifications = found.classifications
            detections[index].parts = found.detections
            detections[index].text = found.text
        }
        result.detections = detections
    }
}
