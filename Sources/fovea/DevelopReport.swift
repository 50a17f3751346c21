import ISP
import Imaging
import StrictJSON

/// What the ISP applied to a frame, for people and scripts.
struct DevelopReport: Encodable {
    private let profile: String
    private let sha256: String
    private let demosaic: String
    private let domain: String
    private let blackLevel: [Double]
    private let whiteLevel: Double
    private let whiteBalanceGains: [Double]
    private let colorTemperature: Double?
    private let colorMatrix: [Double]
    private let noise: Noise
    private let defects: Defects?
    private let denoise: Double
    private let greenRatio: Double
    private let sharpening: Double
    private let width: Int
    private let height: Int
    /// Milliseconds on one thread.
    private let stages: [String: Double]
    private let statistics: Statistics

    private struct Noise: Encodable {
        let gain: Double
        let readNoise: Double
    }

    private struct Defects: Encodable {
        let threshold: Double
        let listed: Int
    }

    private struct Statistics: Encodable {
        let histograms: [[Int]]
        let siteMeans: [Double]
        let clippedShare: Double
        let darkShare: Double
        let sharpness: Double
        let blackLevelDrift: Double
        let defectsPerMillion: Double

        init(_ statistics: MosaicStatistics) {
            histograms = statistics.histograms
            siteMeans = statistics.siteMeans
            clippedShare = statistics.clippedShare
            darkShare = statistics.darkShare
            sharpness = statistics.sharpness
            blackLevelDrift = statistics.blackLevelDrift
            defectsPerMillion = statistics.defectsPerMillion
        }
    }

    init(
        _ picture: Picture, _ parameters: DevelopParameters, profile: ISPProfile, stages: [String: Double],
        statistics: MosaicStatistics
    ) {
        self.stages = stages
        self.statistics = Statistics(statistics)
        noise = Noise(gain: parameters.noise.gain, readNoise: parameters.noise.readNoise)
        defects =
            parameters.defects == .none
            ? nil : Defects(threshold: parameters.defects.threshold, listed: parameters.defects.sites.count)
        denoise = parameters.denoise
        greenRatio = parameters.greenRatio
        sharpening = parameters.sharpening.amount
        self.profile = profile.name
        sha256 = profile.sha256
        demosaic = parameters.demosaic.rawValue
        domain = parameters.domain.rawValue
        blackLevel = parameters.blackLevel
        whiteLevel = parameters.whiteLevel
        let gains = parameters.whiteBalanceGains
        whiteBalanceGains = [gains.x, gains.y, gains.z]
        colorTemperature = parameters.colorTemperature
        colorMatrix = parameters.colorMatrix.coefficients
        width = picture.width
        height = picture.height
    }

    func json() throws -> String {
        String(decoding: try JSONText.line(self), as: UTF8.self)
    }
}
