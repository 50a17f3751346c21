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
    /// How the lens's distortion is undone.
    package var lensWarp: LensWarp?

    /// The factor on (sample − black) at each site that maps the sensor's white to full scale or beyond: gains are scaled
    /// so that the least is 1, so that a clipped highlight is full scale in every channel, and stays white.
    func siteScales(cfa: CFAPattern?) -> [Double] {
        let gains = whiteBalanceGains / whiteBalanceGains.min()
        return (0..<4).map { site in
            let gain = cfa.map { gains[$0.color(row: site / 2, column: site % 2).rawValue] } ?? 1
            return gain / (whiteLevel - blackLevel[site])
        }
    }
}
