package import Imaging
internal import Tensors

/// How frames are developed: the settings a user names and keeps. Schema `fovea.isp/1`.
package struct ISPProfile: Sendable, Equatable {
    package enum WhiteBalance: Sendable, Hashable {
        /// The frame's own gains; ``shadesOfGrey`` where it has none.
        case asShot
        /// Gains that make the mean of the mid-tones grey, each within 1/4…4.
        case greyWorld
        /// The same for the mean with exponent 6, which the brighter things decide: a lawn or a rose that fills the frame
        /// does not turn grey (Finlayson, Trezzi, *Shades of gray and colour constancy*, 2004).
        case shadesOfGrey
        /// Gains on red, green and blue.
        case gains(SIMD3<Double>)
    }

    package enum Color: Sendable, Hashable {
        /// The frame's matrix, or one from its calibrations and the light's colour temperature; none where it has neither.
        case auto
        /// Camera colours as they are.
        case none
        /// White-balanced camera RGB → linear sRGB.
        case matrix(ColorMatrix)
    }

    package enum Shading: Sendable, Hashable {
        /// The frame's own gains, such as the gain maps of a phone's DNG. Its distortion is undone with either this or a grid.
        case frame
        /// Neither shading nor distortion is undone.
        case none
        /// Of the lens and sensor that the profile is for.
        case grid(LensShading)
    }

    /// Letters, digits, `.`, `_` and `-`, 1…64 of them.
    package var name: String
    package var whiteBalance: WhiteBalance
    package var demosaic: Demosaic
    package var domain: InterpolationDomain
    /// In the frame's sample values, for the four sites of the 2×2 block in reading order; `nil`: the frame's own.
    package var blackLevel: [Double]?
    package var color: Color
    package var tone: ToneCurve
    package var lensShading: Shading
    /// What becomes of Quad-Bayer and RGB-IR mosaics.
    package var conversion = BayerConversion()

    package init(
        name: String, whiteBalance: WhiteBalance = .asShot, demosaic: Demosaic = .mhc,
        domain: InterpolationDomain = .squareRoot, blackLevel: [Double]? = nil, color: Color = .auto,
        tone: ToneCurve = .srgb, lensShading: Shading = .frame
    ) {
        self.name = name
        self.whiteBalance = whiteBalance
        self.demosaic = demosaic
        self.domain = domain
        self.blackLevel = blackLevel
        self.color = color
        self.tone = tone
        self.lensShading = lensShading
    }

    package static let standard = ISPProfile(name: "standard")

    /// SHA-256 of ``canonicalJSON``, in hexadecimal.
    package var sha256: String { SHA256.hex(of: Array(canonicalJSON.utf8)) }
}
