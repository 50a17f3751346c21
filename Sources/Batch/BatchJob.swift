internal import Pipeline
internal import Tensors

/// An input to be worked on.
struct BatchJob: Sendable {
    var input: BatchInput
    /// How often the same path came before.
    var repetition: Int
    /// What its own files are called.
    var name: String
    /// Place in the input, from 1.
    var place: Int
    var file: FileStatus?
    /// Digest of the content that an earlier run has dealt with.
    var known: UInt64?
    /// An entry of an earlier run is replaced.
    var replaces: Bool
}

/// A job and what came of it.
struct FinishedJob: Sendable {
    enum Outcome: Sendable {
        case answered(Analysis)
        case failed(any Error, sha256: String?)
        /// The content is what an earlier run has dealt with.
        case unchanged
    }

    var job: BatchJob
    var outcome: Outcome
}
