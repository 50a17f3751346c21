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
    let options: ResolvedOptions
    private let limits: DecodeLimits
    private let pixelBudget: PixelBudget
    /// Nanoseconds on the monotonic clock.
    private let arrival: UInt64
    private let deadline: UInt64
    private let deadlineMilliseconds: Int
    private let isCancelled = Atomic<Bool>(false)
    private let settlement = Settlement<Analysis>()

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

    /// Waits for the answer. To be called once.
    func value() async throws -> Analysis { try await settlement.value() }

    func settle(_ result: Result<Analysis, any Error>) { settlement.settle(result) }

    var mustStop: Bool { isCancelled.load(ordering: .relaxed) || StageClock.now() > deadline }

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

    /// A frame that is decoded, and what it holds meanwhile.
    struct Opened {
        let view: ModelView
        let digest: FrameDigest
        var clock: StageClock
        fileprivate let reservation: PixelBudget.Reservation

        /// Gives back its room in memory.
        func release() { reservation.release() }
    }

    /// Decodes the frame for a run that it shares with another one.
    ///
    /// - Parameter waitsForRoom: `false` for the second one: waiting for what the first one holds would never end.
    func open(on pool: ComputePool, waitsForRoom: Bool) throws -> Opened {
        var clock = StageClock(startedAt: arrival)
        clock.record("queue", nanoseconds: StageClock.now() - arrival)
        try checkpoint()
        let reservation = PixelBudget.Reservation(pixelBudget)
        let view = try decoded(reservation, waitsForRoom: waitsForRoom, pool: pool, clock: &clock)
        let digest = FrameDigest(input.bytes)
        digest.compute()
        return Opened(view: view, digest: digest, clock: clock, reservation: reservation)
    }

    /// The answer of a frame that shared a run.
    func finish(_ opened: Opened, predictions: Predictions, run: StageClock, on pool: ComputePool) throws -> Analysis {
        defer { opened.release() }
        try checkpoint()
        var clock = opened.clock
        clock.add(run)
        return try finish(opened.view, predictions, digest: opened.digest, on: pool, clock: &clock)
    }

    private func decoded(
        _ reservation: PixelBudget.Reservation, waitsForRoom: Bool, pool: ComputePool, clock: inout StageClock
    ) throws -> ModelView {
        // Only a job that must stop gives up waiting, and says so itself.
        let limits = limits.admitting(reservation, of: pixelBudget) { !waitsForRoom || self.mustStop }
        return try ModelView(
            input, network: options.main.vision.manifest.input, developer: options.developer,
            wishes: options.wishes, limits: limits, pool: pool, clock: &clock
        ) { self.mustStop }
    }

    private func answer(on pool: ComputePool, clock: inout StageClock) throws -> Analysis {
        let reservation = PixelBudget.Reservation(pixelBudget)
        defer { reservation.release() }
        let digest = FrameDigest(input.bytes)
        let stages = options.takesDigests ? StageDigests() : nil
        let (view, predictions) = try pool.run(beside: digest.compute) {
            let view = try decoded(reservation, waitsForRoom: true, pool: pool, clock: &clock)
            try checkpoint()
            let predictions = try options.main.predict(
                view.content, pool: pool, clock: &clock, digests: stages
            ) { self.mustStop }
            return (view, predictions)
        }
        var analysis = try finish(view, predictions, digest: digest, on: pool, clock: &clock)
        analysis.result.digests = stages?.value
        return analysis
    }

    /// From the network's answer to the frame's.
    private func finish(
        _ view: ModelView, _ predictions: Predictions, digest: FrameDigest, on pool: ComputePool,
        clock: inout StageClock
    ) throws -> Analysis {
        clock.record("hash", nanoseconds: digest.nanoseconds)
        var result = FrameResult(
            frame: view.frameDescription(input: input, sha256: digest.sha256),
            model: options.main.model.provenance(options.main.vision.manifest),
            isp: view.ispDescription, options: options.main.description,
            privacy: FrameResult.Privacy(level: options.privacy), build: FoveaBuild.provenance, timings: [:])
        let described = view.describe(predictions, manifest: options.main.vision.manifest, at: view.region)
        result.detections = described.detections
        result.classifications = described.classifications
        result.segmentation = described.segmentation
        result.text = described.text
        try options.secondStage?.look(at: view, in: &result, pool: pool, clock: &clock) { self.mustStop }
        if !options.further.isEmpty {
            result.further = try options.further.map { try answer($0, of: view, pool: pool, clock: &clock) }
        }
        let pictures = try FramePictures(
            view: view, result: &result, options: options, pool: pool, clock: &clock, isCancelled: { self.mustStop })
        let health = options.takesStatistics ? clock.measure("statistics") { CameraHealth(view) } : nil
        clock.finish()
        result.timings = clock.milliseconds
        return Analysis(result: result, picture: pictures.annotated, crops: pictures.crops, health: health)
    }

    /// What one more model says of a frame that is decoded: what it says of it alone.
    private func answer(
        _ next: ResolvedModel, of view: ModelView, pool: ComputePool, clock: inout StageClock
    ) throws -> FrameResult.Answer {
        try checkpoint()
        let manifest = next.vision.manifest
        let own = try ModelView(
            view.source, network: manifest.input, developer: options.developer,
            wishes: ModelView.Wishes(region: options.region), pool: pool, clock: &clock
        ) { self.mustStop }
        let predictions = try next.predict(own.content, pool: pool, clock: &clock) { self.mustStop }
        let described = own.describe(predictions, manifest: manifest, at: own.region)
        return FrameResult.Answer(
            model: next.model.provenance(manifest), options: next.description, detections: described.detections,
            classifications: described.classifications, segmentation: described.segmentation, text: described.text)
    }
}
