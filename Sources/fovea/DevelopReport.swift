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
    private let width: Int
    private let height: Int

    init(_ developed: Developed, profile: ISPProfile) {
        let parameters = developed.parameters
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
        width = developed.picture.width
        height = developed.picture.height
    }

    func json() throws -> String {
        String(decoding: try JSONText.line(self), as: UTF8.self)
    }
}
