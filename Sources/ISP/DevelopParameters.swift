package import Imaging

/// Everything that decides a frame's pixels besides its samples: computed first, from the profile and the frame, and
/// then only applied.
package struct DevelopParameters: Sendable, Equatable {
    package var demosaic: Demosaic
    package var domain: InterpolationDomain
    /// Sample value of darkness at the four sites of the 2×2 block, in reading order.
    package var blackLevel: [Double]
    /// Sample value that becomes full scale.
    package var whiteLevel: Double
    /// Gains on red, green and blue as applied, normalised to green = 1.
    package var whiteBalanceGains: SIMD3<Double>
    /// Kelvin, when the colour matrix was chosen by it.
    package var colorTemperature: Double?
    /// White-balanced camera RGB → linear sRGB.
    package var colorMatrix: ColorMatrix
    package var tone: ToneCurve
    /// Gains on linear light against the lens's shading.
    package var lensShading: GainGrid?
    package var noise: NoiseModel
    package var defects: DefectCorrection
    /// Strength; 0: none.
    package var denoise: Double
    /// How much more the greens in red rows give than those in blue rows; 1 on most sensors.
    package var greenRatio: Double
    package var sharpening: Sharpening
    /// How the lens's distortion is undone.
    package var lensWarp: LensWarp?

    /// The factor on (sample − black) at each site that maps the sensor's white to full scale or beyond: gains are scaled
    /// so that the least is 1, so that a clipped highlight is full scale in every channel, and stays white.
    func siteScales(cfa: CFAPattern?) -> [Double] {
        let gains = whiteBalanceGains / whiteBalanceGains.min()
        return (0..<4).map { site in
            let range = whiteLevel - blackLevel[site]
            guard let cfa else { return 1 / range }
            let color = cfa.color(row: site / 2, column: site % 2)
            return gains[color.rawValue] * (color == .green ? greenGain(site, cfa) : 1) / range
        }
    }

    /// What makes the greens of both kinds of rows alike; none is below 1.
    private func greenGain(_ site: Int, _ cfa: CFAPattern) -> Double {
        max(1, site / 2 == cfa.redSite.row ? 1 / greenRatio : greenRatio)
    }
}

extension DevelopParameters {
    /// Parameters by which samples become pixels and nothing is mended or balanced.
    init(
        demosaic: Demosaic, domain: InterpolationDomain, blackLevel: [Double], whiteLevel: Double, tone: ToneCurve
    ) {
        self.init(
            demosaic: demosaic, domain: domain, blackLevel: blackLevel, whiteLevel: whiteLevel,
            whiteBalanceGains: SIMD3(1, 1, 1), colorTemperature: nil, colorMatrix: .identity, tone: tone,
            lensShading: nil, noise: .typical(range: whiteLevel - (blackLevel.max() ?? 0)), defects: .none, denoise: 0,
            greenRatio: 1, sharpening: .none)
    }
}
