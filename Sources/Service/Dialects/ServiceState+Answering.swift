import Pipeline
import Vision

extension ServiceState {
    /// Answers a frame that came in another server's form, and keeps the result where results are kept; when the store is behind or
    /// fails, the client is answered all the same.
    ///
    /// - Parameter key: id of the client's API key, if it showed one.
    func answer(_ frame: FrameRequest, key: String?) async throws -> FrameResult {
        let rules = configuration.privacy
        var options = try frame.options.analysis(under: rules, ceiling: rules.ceiling(key: key))
        options.digests = takesDigests
        let analysis = try await analyzer.analyze(frame.input, options: options)
        metrics.answered(analysis.result, sensor: nil)
        _ = try await stored(analysis, of: frame, keepsPicture: false, mayDrop: true)
        return analysis.result
    }
}
