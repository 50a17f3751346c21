package import Pipeline
internal import Tensors

/// What an answer depends on besides the frame: an answer is repeated only when one of the three differs.
package struct RunIdentity: Sendable, Equatable {
    /// Digest of the networks and their manifests.
    package var model: String
    /// Digest of the ISP profile.
    package var isp: String
    /// Digest of the options, of what is written for each frame, and of the program's version.
    package var options: String

    package init(model: String, isp: String, options: String) {
        self.model = model
        self.isp = isp
        self.options = options
    }

    /// - Parameters:
    ///   - options: of the analysis.
    ///   - settings: whatever else decides what is written.
    /// - Throws: `PipelineError` when the options name what is not there.
    package init(pipeline: FramePipeline, options: AnalysisOptions, settings: [String]) throws {
        let parts = try pipeline.identity(of: options)
        model = parts.model
        isp = parts.profile
        let text = [FoveaBuild.version, parts.options] + settings
        self.options = SHA256.hex(of: Array(text.joined(separator: "\u{1F}").utf8))
    }
}
