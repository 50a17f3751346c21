internal import Codecs
package import Pipeline
internal import Tensors
internal import Vision

/// Answers a selection of inputs and records the answers in their order.
package final class BatchRun {
    private let settings: BatchSettings
    private let pipeline: FramePipeline
    private let identity: RunIdentity
    private let record: RunRecord
    /// Ends the run as interrupted.
    package let stopSwitch = StopSwitch()
    private var names: OutputNames
    private var numbering: COCONumbering
    private var totals = BatchTotals()
    private var walk: InputWalk
    /// Inputs drawn so far.
    private var place = 0
    /// How often each path was drawn, where a path can come twice.
    private var repetitions: [UInt64: Int] = [:]
    private let start = ContinuousClock.now
    private var lastSynchronization = ContinuousClock.now

    /// Opens the output.
    ///
    /// - Throws: `PipelineError`, `FileError`, ``BatchError``.
    package init(_ settings: BatchSettings, pipeline: FramePipeline) throws {
        self.settings = settings
        self.pipeline = pipeline
        identity = try RunIdentity(pipeline: pipeline, options: settings.options, settings: settings.identityTerms)
        for folder in [settings.annotationFolder, settings.cropFolder].compactMap({ $0 }) {
            try FileWriting.makeDirectory(folder)
        }
        if let output = settings.output, !settings.format.isStream { try FileWriting.makeDirectory(output) }
        record = try RunRecord(
            output: settings.output, format: settings.format, identity: identity, isResuming: settings.resumes)
        names = OutputNames(taken: Array(record.index.names))
        numbering = settings.numbering
        walk = settings.inputs.walk()
        if settings.countsInputs {
            totals.expected = settings.inputs.count().map { min($0, settings.limit ?? Int.max) }
        }
    }

    /// - Parameter progress: told after each input.
    /// - Returns: what became of the inputs. When `isInterrupted`, the output can be resumed.
    /// - Throws: `FileError` when the output cannot be written.
    package func run(progress: (BatchTotals) -> Void) async throws -> BatchTotals {
        let worker = BatchWorker(
            pipeline: pipeline, options: settings.options, description: settings.description)
        let mayContinue = { [settings] (totals: BatchTotals) in
            !(settings.stopsAtFirstFailure && totals.failed > 0)
        }
        try await inOrder(width: settings.width) {
            guard !stopSwitch.isStopping, mayContinue(totals) else { return nil }
            return try draw(progress: progress)
        } _: { job in
            await worker.answer(job)
        } consume: { finished in
            guard mayContinue(totals) else { return }
            try write(finished)
            totals.seconds = seconds
            progress(totals)
        }
        totals.isInterrupted = stopSwitch.isStopping
        totals.seconds = seconds
        if totals.isInterrupted || !mayContinue(totals) {
            try record.synchronize()
            // Standard output cannot be resumed, so it is ended as far as it goes.
            if settings.output == nil { try record.finish() }
        } else {
            try record.finish()
        }
        return totals
    }

    private var seconds: Double {
        let passed = (ContinuousClock.now - start).components
        return Double(passed.seconds) + Double(passed.attoseconds) / 1e18
    }

    /// The next input that is not done.
    private func draw(progress: (BatchTotals) -> Void) throws -> BatchJob? {
        while place < settings.limit ?? Int.max, let input = walk.next() {
            place += 1
            if place == 1 { numbering.begin(with: input.path) }
            let repetition = self.repetition(of: input.path)
            let done = record.index.done(input.path, repetition)
            let file = input.failure == nil ? BatchWorker.status(of: input.path) : nil
            if let done, done.content != nil, done.file != nil, done.file == file, !settings.rereads {
                skip(input.path, done)
                totals.seconds = seconds
                progress(totals)
                continue
            }
            let name = done?.name ?? (settings.namesFiles ? names.claim(input.name) : input.name)
            return BatchJob(
                input: input, repetition: repetition, name: name, place: place, file: file, known: done?.content,
                replaces: done != nil)
        }
        return nil
    }

    private func repetition(of path: String) -> Int {
        guard settings.output != nil, settings.inputs.mayRepeat else { return 0 }
        let key = JournalIndex.key(path, 0)
        defer { repetitions[key, default: 0] += 1 }
        return repetitions[key] ?? 0
    }

    private func skip(_ path: String, _ done: JournalIndex.Done) {
        if done.isFailure {
            totals.addFailure(source: path, error: done.error ?? "failed in an earlier run")
        } else {
            totals.skipped += 1
        }
    }

    /// Writes what belongs to an input: pictures first, then its record, then its line in the journal.
    private func write(_ finished: FinishedJob) throws {
        let job = finished.job
        switch finished.outcome {
        case .answered(let analysis):
            do {
                let lines = try encode(analysis.result, job)
                try writePictures(analysis, job)
                try add(lines, job, sha256: analysis.result.frame.sha256, error: nil)
                totals.answered += 1
            } catch let error as BatchError {
                try fail(job, error: "\(error)", sha256: analysis.result.frame.sha256)
            }
        case .failed(let error, let sha256): try fail(job, error: "\(error)", sha256: sha256)
        case .unchanged:
            if let done = record.index.done(job.input.path, job.repetition) { skip(job.input.path, done) }
        }
        if ContinuousClock.now - lastSynchronization > .seconds(2) {
            try record.synchronize()
            lastSynchronization = .now
        }
    }

    private func fail(_ job: BatchJob, error: String, sha256: String?) throws {
        totals.addFailure(source: job.input.path, error: error)
        try add(settings.format.failure(source: job.input.path, error: error), job, sha256: sha256, error: error)
    }

    private func add(_ lines: [UInt8], _ job: BatchJob, sha256: String?, error: String?) throws(FileError) {
        var entry = JournalEntry(
            path: job.input.path, name: job.name, sha256: sha256, file: job.file, identity: identity,
            status: error == nil ? .answered : .failed, error: error, output: 0..<0)
        entry.repetition = job.repetition
        try record.add(lines, entry, replaces: job.replaces)
    }

    private func encode(_ result: FrameResult, _ job: BatchJob) throws -> [UInt8] {
        switch settings.format {
        case .jsonl:
            var result = result
            if !settings.writesTimings { result.timings = [:] }
            return result.json() + [UInt8(ascii: "\n")]
        case .csv: return Array(result.csvRows.utf8)
        case .coco:
            let number = try numbering.image(job.input.path, place: job.place)
            return result.cocoResults(imageID: number, category: numbering.category)
                .flatMap { $0 + ResultFormat.cocoSeparator }
        case .yolo:
            if let output = settings.output {
                try FileWriting.writeMakingFolder(Array(result.yoloLines.utf8), to: "\(output)/\(job.name).txt")
            }
            return []
        }
    }

    private func writePictures(_ analysis: Analysis, _ job: BatchJob) throws(FileError) {
        if let folder = settings.annotationFolder, let picture = analysis.picture {
            try FileWriting.writeMakingFolder(
                picture.bytes, to: "\(folder)/\(job.name).\(picture.format.fileEnding)")
        }
        guard let folder = settings.cropFolder else { return }
        for (index, crop) in analysis.crops.enumerated() {
            let label = analysis.result.detections?[index].label ?? "object"
            let place = label.replacing("/", with: "_")
            try FileWriting.writeMakingFolder(
                crop.bytes, to: "\(folder)/\(place)/\(job.name)-\(index + 1).\(crop.format.fileEnding)")
        }
    }
}
