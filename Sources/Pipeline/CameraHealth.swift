internal import Codecs
internal import ISP

/// What a raw frame's samples say of the camera that took it; see `MosaicStatistics`.
package struct CameraHealth: Sendable, Equatable {
    /// Mean over the sites, in sample values.
    package var blackLevel: Double
    /// In sample values.
    package var blackLevelDrift: Double
    /// Shares of the samples.
    package var clippedShare: Double
    package var darkShare: Double
    package var defectShare: Double
    package var sharpness: Double

    package init(
        blackLevel: Double, blackLevelDrift: Double, clippedShare: Double, darkShare: Double, defectShare: Double,
        sharpness: Double
    ) {
        self.blackLevel = blackLevel
        self.blackLevelDrift = blackLevelDrift
        self.clippedShare = clippedShare
        self.darkShare = darkShare
        self.defectShare = defectShare
        self.sharpness = sharpness
    }

    /// Of every so many rows: a millisecond for the largest frames.
    private static let interval = 16

    /// `nil` for frames that are not raw.
    init?(_ view: ModelView) {
        guard case .raw(let frame) = view.source, let parameters = view.parameters else { return nil }
        let statistics = MosaicStatistics(frame, parameters: parameters, interval: Self.interval)
        self.init(
            blackLevel: parameters.blackLevel.reduce(0, +) / 4, blackLevelDrift: statistics.blackLevelDrift,
            clippedShare: statistics.clippedShare, darkShare: statistics.darkShare,
            defectShare: statistics.defectsPerMillion / 1e6, sharpness: statistics.sharpness)
    }
}
