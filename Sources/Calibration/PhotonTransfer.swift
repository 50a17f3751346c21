/// A sensor's noise by the photon-transfer method (Janesick, *Photon Transfer*, 2007; EMVA 1288, release 4.0, section 6.6):
/// variance = gain·signal + variance in the dark.
package struct PhotonTransfer: Sendable, Equatable {
    /// A pair of frames taken alike: signal above black and temporal variance, in sample values.
    package struct Point: Sendable, Equatable {
        package var signal: Double
        package var variance: Double

        package init(signal: Double, variance: Double) {
            self.signal = signal
            self.variance = variance
        }
    }

    /// Sample values an electron.
    package var gain: Double
    /// Standard deviation in the dark, sample values.
    package var readNoise: Double

    package var readNoiseElectrons: Double { readNoise / gain }

    /// Fits the line. Pairs count by the inverse of their signal squared, since a variance is known to a part of itself and grows with
    /// the signal; those above 70 % of the range do not count: there clipping eats noise.
    ///
    /// - Parameters:
    ///   - range: from black to white, sample values.
    ///   - darkVariance: what dark frames show, where there are any; it then holds the line's foot.
    /// - Throws: ``CalibrationError/unsuitable(what:detail:)`` when the pairs allow no line.
    package init(_ points: [Point], range: Double, darkVariance: Double?) throws(CalibrationError) {
        let usable = points.filter { $0.signal > 0.01 * range && $0.signal < 0.7 * range }
        guard let least = usable.map(\.signal).min(), let most = usable.map(\.signal).max() else {
            throw .unsuitable(
                what: "flat frames", detail: "no pair is exposed to 1…70 % of the range, so there is no noise to read")
        }
        if let darkVariance {
            var (products, squares) = (0.0, 0.0)
            for point in usable {
                let weight = 1 / (point.signal * point.signal)
                products += weight * point.signal * (point.variance - darkVariance)
                squares += weight * point.signal * point.signal
            }
            gain = products / squares
            readNoise = darkVariance.squareRoot()
        } else {
            guard most > 1.5 * least else {
                throw .unsuitable(
                    what: "flat frames",
                    detail: "all of one exposure: the read noise needs dark frames or other exposures")
            }
            var (weights, x, y, xx, xy) = (0.0, 0.0, 0.0, 0.0, 0.0)
            for point in usable {
                let weight = 1 / (point.signal * point.signal)
                weights += weight
                x += weight * point.signal
                y += weight * point.variance
                xx += weight * point.signal * point.signal
                xy += weight * point.signal * point.variance
            }
            gain = (weights * xy - x * y) / (weights * xx - x * x)
            readNoise = max(0, (y - gain * x) / weights).squareRoot()
        }
        guard gain.isFinite, gain > 0 else {
            throw .unsuitable(what: "flat frames", detail: "their noise does not grow with the light")
        }
    }
}
