package import Codecs
package import Graph

/// How the pipeline is set up. The defaults need no file and no network.
package struct PipelineConfiguration: Sendable, Equatable {
    /// Folder of models; `nil`: beside the program, or `models` in the working folder.
    package var modelDirectory: String?
    /// Folder of further ISP profiles.
    package var profileDirectory: String?
    /// Models to load; `nil`: all that are there.
    package var modelNames: Set<String>?
    /// Compute threads, 1…256.
    package var threads: Int
    /// Whether idle threads help with a frame that another one works on. It shortens the time to an answer; with many frames at
    /// hand, a frame to a thread gives more answers a second.
    package var sharesFrames: Bool
    /// Frames admitted and not yet answered; the next one is refused.
    package var queueLimit: Int
    /// Milliseconds from admission to answer.
    package var deadlineMilliseconds: Int
    package var limits: DecodeLimits
    /// Width × height of all frames together that are decoded and not yet answered; others wait. At least
    /// `limits.maximumPixelCount`.
    package var maximumPixelsInMemory: Int
    /// What products of every network are computed in; `nil`: what each `model.json` says.
    package var precision: Precision?
    package var batching = BatchConfiguration()
    package var modelControl = ModelLibrary.Control.none
    /// Name of the model that finds faces for masked pictures.
    package var faceModel = "centerface"
    /// Lowest score of what masked pictures hide, 0…1: low, because missing a face is worse than hiding a stone.
    package var maskConfidence: Float = 0.2
    /// Where a model's own folder says nothing else.
    package var versionPolicy = VersionPolicy.latest(1)
    /// Milliseconds between two looks at the folder of models, where it is looked at.
    package var pollMilliseconds = 15_000

    package init() {
        threads = ComputePool.availableProcessors
        sharesFrames = true
        queueLimit = 64
        deadlineMilliseconds = 60_000
        limits = .standard
        maximumPixelsInMemory = 2 * limits.maximumPixelCount
    }
}
