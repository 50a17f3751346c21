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
        /// The IMX500's for light of a colour temperature, kelvin; `nil`: of those the ones nearest to what ``shadesOfGrey``
        /// finds, so that no lawn or rose is taken for a light that there is not.
        case temperature(Double?)
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

    package enum GreenBalance: Sendable, Hashable {
        case none
        /// As the frame's mid-tones have it.
        case auto
        /// Green of red rows over green of blue rows.
        case ratio(Double)
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
    /// What the frame's samples scatter; `nil`: what the frame says, else ``NoiseModel/typical(range:)``.
    package var noise: NoiseModel?
    package var defects: DefectCorrection
    /// Strength of the noise reduction on the mosaic, 0…3: 1 counts surroundings as alike that differ by no more than the noise
    /// model's share; 0: none.
    package var denoise: Double
    package var greenBalance: GreenBalance
    /// Distance of colours from grey, in linear light; 1: as they are.
    package var saturation: Double
    package var sharpening: Sharpening
    /// What becomes of Quad-Bayer and RGB-IR mosaics.
    package var conversion = BayerConversion()

    package init(
        name: String, whiteBalance: WhiteBalance = .asShot, demosaic: Demosaic = .mhc,
        domain: InterpolationDomain = .squareRoot, blackLevel: [Double]? = nil, color: Color = .auto,
        tone: ToneCurve = .srgb, lensShading: Shading = .frame, noise: NoiseModel? = nil,
        defects: DefectCorrection = .none, denoise: Double = 0, greenBalance: GreenBalance = .none,
        saturation: Double = 1, sharpening: Sharpening = .none
    ) {
        self.name = name
        self.whiteBalance = whiteBalance
        self.demosaic = demosaic
        self.domain = domain
        self.blackLevel = blackLevel
        self.color = color
        self.tone = tone
        self.lensShading = lensShading
        self.noise = noise
        self.defects = defects
        self.denoise = denoise
        self.greenBalance = greenBalance
        self.saturation = saturation
        self.sharpening = sharpening
    }

    package static let standard = ISPProfile(name: "standard")

    /// SHA-256 of ``canonicalJSON``, in hexadecimal.
    package var sha256: String { SHA256.hex(of: Array(canonicalJSON.utf8)) }
}
