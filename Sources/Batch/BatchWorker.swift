internal import Codecs
internal import Pipeline
internal import Tensors

/// Reads and answers one input.
struct BatchWorker: Sendable {
    let pipeline: FramePipeline
    let options: AnalysisOptions
    let description: RawDescription

    func answer(_ job: BatchJob) async -> FinishedJob {
        FinishedJob(job: job, outcome: await outcome(job))
    }

    private func outcome(_ job: BatchJob) async -> FinishedJob.Outcome {
        if let failure = job.input.failure { return .failed(failure, sha256: nil) }
        let input: FrameInput
        do {
            var description = description
            if let sequence = job.input.sequence { description.sequence = sequence }
            input = try FrameInput.file(job.input.path, description: description)
        } catch {
            return .failed(error, sha256: nil)
        }
        // What a side file says decides the answer too, so a changed one calls for a new answer to the same bytes.
        if let known = job.known, Self.sideFile(of: job.input.path) == nil,
            JournalIndex.prefix(SHA256.hex(of: input.bytes.bytes)) == known
        {
            return .unchanged
        }
        do {
            return .answered(try await pipeline.analyze(input, options: options))
        } catch {
            return .failed(error, sha256: SHA256.hex(of: input.bytes.bytes))
        }
    }

    /// Of a file, and of the side file that describes it where there is one; `nil` for standard input and what is not there.
    static func status(of path: String) -> FileStatus? {
        guard path != "-", var status = try? FileStatus(path: path) else { return nil }
        if let side = sideFile(of: path), let other = try? FileStatus(path: side) {
            status.byteCount += other.byteCount
            status.modified = max(status.modified, other.modified)
        }
        return status
    }

    private static func sideFile(of path: String) -> String? {
        guard let side = FrameInput.sideFile(of: path), DirectoryListing.exists(side) else { return nil }
        return side
    }
}
