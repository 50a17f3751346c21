internal import Codecs
internal import Graph
internal import ISP
internal import Imaging
internal import Synchronization
internal import Tensors
internal import Vision

/// One admitted frame on its way to an answer.
final class FrameJob: Sendable {
    private let input: FrameInput
    private let options: ResolvedOptions
    private let limits: DecodeLimits
    private let pixelBudget: PixelBudget
    /// Nanoseconds on the monotonic clock.
    private let arrival: UInt64
    private let deadline: UInt64
    private let deadlineMilliseconds: Int
    private let isCancelled = Atomic<Bool>(false)

    init(
        input: FrameInput, options: ResolvedOptions, arrival: UInt64, deadline: UInt64, deadlineMilliseconds: Int,
        limits: DecodeLimits, pixelBudget: PixelBudget
    ) {
        self.input = input
        self.options = options
        self.arrival = arrival
        self.deadline = deadline
        self.deadlineMilliseconds = deadlineMilliseconds
        self.limits = limits
        self.pixelBudget = pixelBudget
    }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    private var mustStop: Bool { isCancelled.load(ordering: .relaxed) || StageClock.now() > deadline }

    /// Answers the frame on the calling compute thread.
    ///
    /// - Throws: `CodecError`, `ISPError`, `GraphError`, `VisionError`, ``PipelineError``, `CancellationError`.
    func run(on pool: ComputePool) throws -> Analysis {
        var clock = StageClock(startedAt: arrival)
        clock.record("queue", nanoseconds: StageClock.now() - arrival)
        try checkpoint()
        do {
            return try answer(on: pool, clock: &clock)
        } catch {
            // A stage that was told to stop says so in its own words.
            try checkpoint()
            throw error
        }
    }

    private func checkpoint() throws {
        if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
        if StageClock.now() > deadline { throw PipelineError.deadlineExceeded(milliseconds: deadlineMilliseconds) }
    }

    private func answer(on pool: ComputePool, clock: inout StageClock) throws -> Analysis {
        let reservation = PixelBudget.Reservation(pixelBudget)
        defer { reservation.release() }
        // Only a job that must stop gives up waiting, and says so itself.
        let limits = limits.admitting(reservation, of: pixelBudget) { self.mustStop }
        let digest = FrameDigest(input.bytes)
        let stages = options.takesDigests ? StageDigests() : nil
        let (view, predictions) = try pool.run(beside: digest.compute) {
            let view = try ModelView(
                input, network: options.vision.manifest.input, developer: options.developer,
                wishes: options.wishes, limits: limits, pool: pool, clock: &clock
            ) { self.mustStop }
            try checkpoint()
            let predictions = try options.model.predict(
                view.content, with: options.vision, options: options.decoding, parallelism: pool.parallelism,
                clock: &clock, digests: stages
            ) { self.mustStop }
            return (view, predictions)
        }
        clock.record("hash", nanoseconds: digest.nanoseconds)

        var result = FrameResult(
            frame: view.frameDescription(input: input, sha256: digest.sha256),
            model: options.model.provenance(options.vision.manifest),
            isp: view.ispDescription, options: options.description, build: FoveaBuild.provenance, timings: [:])
        result.digests = stages?.value
        let described = view.describe(predictions, manifest: options.vision.manifest, at: view.region)
        result.detections = described.detections
        result.classifications = described.classifications
        result.segmentation = described.segmentation
        try options.secondStage?.look(at: view, in: &result, pool: pool, clock: &clock) { self.mustStop }
        let pictures = try FramePictures(
            view: view, result: result, options: options, pool: pool, clock: &clock, isCancelled: { self.mustStop })
        clock.finish()
        result.timings = clock.milliseconds
        return Analysis(
            result: result, picture: pictures.annotated, pictureFormat: options.picture, crops: pictures.crops)
    }
}
