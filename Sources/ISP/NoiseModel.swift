/// How much the samples of a sensor scatter (EMVA 1288): variance = gain·(sample − black) + readNoise².
package struct NoiseModel: Sendable, Hashable {
    /// Sample values an electron.
    package var gain: Double
    /// Standard deviation in the dark, sample values.
    package var readNoise: Double

    package init(gain: Double, readNoise: Double) {
        self.gain = gain
        self.readNoise = readNoise
    }

    /// A small sensor at its base gain, for cameras of which nothing is known: 8,700 electrons to white, as the IMX500, and
    /// 2.5 electrons of read noise.
    ///
    /// - Parameter range: sample values from black to white.
    package static func typical(range: Double) -> NoiseModel {
        NoiseModel(gain: range / 8700, readNoise: 2.5 * range / 8700)
    }

    static let gainRange = 1e-6...65535.0
    static let readNoiseRange = 0.0...65535.0

    /// - Throws: `ISPError.profile`, naming the key.
    func validate() throws(ISPError) {
        guard Self.gainRange.contains(gain) else {
            throw .profile(key: "noise.gain", detail: "\(gain) is outside 0.000001…65535")
        }
        guard Self.readNoiseRange.contains(readNoise) else {
            throw .profile(key: "noise.readNoise", detail: "\(readNoise) is outside 0…65535")
        }
    }
}
