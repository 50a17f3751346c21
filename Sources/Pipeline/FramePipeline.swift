internal import Codecs
internal import Graph
internal import ISP
internal import Inference
internal import Synchronization
internal import Tensors
internal import Vision

/// Turns frames into answers: admits them, runs them on the compute threads, and measures each stage.
package final class FramePipeline: FrameAnalyzing {
    package let configuration: PipelineConfiguration
    package let library: ModelLibrary
    package let profiles: ProfileLibrary
    package let pool: ComputePool
    private let admitted = Atomic<Int>(0)
    private let queue: FrameQueue
    let pixelBudget: PixelBudget

    /// Loads models and profiles and starts the compute threads.
    ///
    /// - Throws: ``PipelineError``, `ISPError`, `FileError`.
    package init(_ configuration: PipelineConfiguration) throws {
        self.configuration = configuration
        pixelBudget = PixelBudget(limit: configuration.maximumPixelsInMemory)
        pool = ComputePool(width: configuration.threads, sharesFrames: configuration.sharesFrames)
        queue = FrameQueue(pool: pool)
        do {
            profiles = try ProfileLibrary(
                directory: configuration.profileDirectory,
                network: LearnedDemosaic(models: configuration.modelDirectory))
            library = try ModelLibrary(
                directory: ModelLocation.find(explicit: configuration.modelDirectory), configuration: configuration,
                pool: pool)
        } catch {
            pool.stop()
            throw error
        }
    }

    /// Finishes admitted frames and ends the compute threads. Frames that come later are refused.
    package func stop() { pool.stop() }

    package var queueDepth: Int { admitted.load(ordering: .relaxed) }
    package var queueLimit: Int { configuration.queueLimit }

    package var models: [ModelSummary] {
        let standard = library.defaultModel
        return library.current.map { $0.summary(isDefault: $0 === standard) }
    }

    /// Checks options without a frame.
    package func validate(_ options: AnalysisOptions) throws {
        _ = try ResolvedOptions(options, pipeline: self)
    }

    /// Digests of all that an answer depends on besides the frame and the program.
    ///
    /// - Returns: of the models and their manifests, of the ISP profile, and of the options.
    package func identity(
        of options: AnalysisOptions
    ) throws(PipelineError) -> (model: String, profile: String, options: String) {
        let resolved = try ResolvedOptions(options, pipeline: self)
        let models =
            [resolved.main.model, resolved.secondStage?.model].compactMap(\.self) + resolved.further.map(\.model)
        let mask =
            if case .masked(let pixels)? = resolved.permit { pixels.mask.models.map(\.sha256) } else { [String]() }
        let manifests =
            models.map { model in
                "\(model.session.sha256) \(model.session.precision) \(model.vision.map { "\($0.manifest)" } ?? "")"
            }.joined(separator: "\n") + mask.map { "\nmask \($0)" }.joined()
        return (
            SHA256.hex(of: Array(manifests.utf8)), resolved.developer.profile.sha256,
            SHA256.hex(of: Array("\(options)".utf8))
        )
    }

    package func analyze(_ input: FrameInput, options: AnalysisOptions) async throws -> Analysis {
        let arrival = StageClock.now()
        let resolved = try ResolvedOptions(options, pipeline: self)
        guard admit() else {
            throw PipelineError.overloaded(queueLimit: configuration.queueLimit, retryAfter: 1)
        }
        defer { leave() }
        let job = FrameJob(
            input: input, options: resolved, arrival: arrival,
            deadline: arrival + UInt64(configuration.deadlineMilliseconds) * 1_000_000,
            deadlineMilliseconds: configuration.deadlineMilliseconds, limits: configuration.limits,
            pixelBudget: pixelBudget)
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            queue.add(job)
            return try await job.value()
        } onCancel: {
            job.cancel()
        }
    }

    /// Takes one of the places in the queue, if one is free.
    func admit() -> Bool {
        if admitted.add(1, ordering: .relaxed).newValue <= configuration.queueLimit { return true }
        admitted.subtract(1, ordering: .relaxed)
        return false
    }

    /// Gives back the place that ``admit()`` took.
    func leave() { admitted.subtract(1, ordering: .relaxed) }
}
