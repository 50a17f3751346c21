internal import CKernels
internal import Imaging

/// What is done to a frame's samples before they are developed, laid out for the kernels: defects first, then noise.
struct MosaicCleaning: Sendable {
    /// Columns of the listed defects of each row that has any.
    let listed: [Int: Set<Int>]
    /// For even and odd rows; `nil` when no defects are looked for.
    let defects: (even: ck_defects, odd: ck_defects)?
    let noise: Noise?
    /// Samples come out multiplied by two to this: what denoising found between two sample values is kept.
    var fractionBits: Int { noise?.fractionBits ?? 0 }

    struct Noise: Sendable {
        var stabilization: (even: ck_stabilization, odd: ck_stabilization)
        var denoising: (even: ck_denoising, odd: ck_denoising)
        var fractionBits: Int
    }

    /// `nil` when samples are developed as they are.
    init?(_ parameters: DevelopParameters, frame: RawFrame) {
        guard parameters.defects != .none || parameters.denoise > 0 else { return nil }
        let step: UInt32 = frame.pixelFormat.cfa == nil ? 1 : 2
        let noise = parameters.noise
        listed = Dictionary(grouping: parameters.defects.sites, by: \.row).mapValues { Set($0.map(\.column)) }
        func black(_ row: Int) -> (Float, Float) {
            (Float(parameters.blackLevel[2 * row]), Float(parameters.blackLevel[2 * row + 1]))
        }
        if parameters.defects.threshold > 0 {
            func forRow(_ row: Int) -> ck_defects {
                ck_defects(
                    black: black(row), gain: Float(noise.gain), dark: Float(noise.readNoise * noise.readNoise),
                    threshold: Float(parameters.defects.threshold), least: 2, step: step)
            }
            defects = (forRow(0), forRow(1))
        } else {
            defects = nil
        }
        guard parameters.denoise > 0 else {
            self.noise = nil
            return
        }
        self.noise = Noise(
            noise, strength: parameters.denoise, black: (black(0), black(1)), white: parameters.whiteLevel,
            depth: frame.pixelFormat.bitDepth, step: step)
    }
}

extension MosaicCleaning.Noise {
    /// Sum of nine absolute differences of pure noise is 10 standard deviations on average: surroundings that differ by less count
    /// fully, those beyond twice that not at all.
    private static let limit = 20.0
    /// Stabilised values to one standard deviation.
    private static let unit = 16.0

    fileprivate init(
        _ model: NoiseModel, strength: Double, black: ((Float, Float), (Float, Float)), white: Double, depth: Int,
        step: UInt32
    ) {
        let (gain, dark) = (model.gain, model.readNoise * model.readNoise)
        let offset = 3.0 / 8 * gain * gain + dark
        let least = Double(min(black.0.0, black.0.1, black.1.0, black.1.1))
        // A sensor with next to no noise would leave 16 bits: its noise is then counted in smaller units.
        let top = 2 * Self.unit / gain * (gain * (white - least) + offset).squareRoot()
        let unit = Self.unit * min(1, 60_000 / top)
        let scale = 2 * unit / gain
        fractionBits = 16 - depth
        let fraction = Double(1 << fractionBits)
        let limit = min(1023, Self.limit * unit * strength)
        func stabilization(_ black: (Float, Float)) -> ck_stabilization {
            ck_stabilization(black: black, gain: Float(gain), offset: Float(offset), scale: Float(scale))
        }
        func denoising(_ black: (Float, Float)) -> ck_denoising {
            func stabilizedWhite(_ black: Float) -> UInt16 {
                UInt16(min(65535, (scale * (gain * (white - Double(black)) + offset).squareRoot()).rounded(.down)))
            }
            // The mean of square roots is below the root of the mean: 1/8 and not 3/8 makes up for it (Anscombe, 1948).
            func turnedBack(_ black: Float) -> Float { Float((Double(black) - gain / 8 - dark / gain) * fraction) }
            return ck_denoising(
                limit: UInt16(limit), slope: UInt16(min(65535, 32 * 65536 / max(1, limit / 2))),
                white: (stabilizedWhite(black.0), stabilizedWhite(black.1)),
                saturated: UInt16(min(65535, white * fraction)), factor: Float(fraction / (scale * scale * gain)),
                offset: (turnedBack(black.0), turnedBack(black.1)), step: step)
        }
        self.stabilization = (stabilization(black.0), stabilization(black.1))
        self.denoising = (denoising(black.0), denoising(black.1))
    }
}
