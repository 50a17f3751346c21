package import ISP
package import Imaging
internal import StrictJSON

/// A camera measured from frames of darkness, of an evenly lit plane and of a ColorChecker: what an ISP profile says of it, and its
/// noise.
///
/// Frames are added one by one; no more than two are held at a time.
package struct SensorCalibration {
    private var lastDark: RawFrame?
    private var lastFlat: RawFrame?
    private var dark: [SiteStatistics] = []
    private var flats: [(statistics: SiteStatistics, whiteLevel: Double)] = []
    private var gains: GainMap?
    private var clippedFlats = 0
    private var chart: (frame: RawFrame, corners: [SIMD2<Double>])?
    private var kind: FrameKind?
    private var declaredBlack: [Double]?

    package init() {}

    private mutating func check(_ frame: RawFrame) throws(CalibrationError) {
        try kind?.check(frame)
        kind = FrameKind(frame)
        declaredBlack = declaredBlack ?? frame.blackLevel
    }

    /// Adds a frame taken with the lens covered. Two or more show the read noise.
    package mutating func addDark(_ frame: RawFrame) throws(CalibrationError) {
        try check(frame)
        dark.append(try SiteStatistics(lastDark ?? frame, frame))
        lastDark = frame
    }

    /// Adds a frame of an evenly lit plane. Frames of one exposure follow each other, two at least.
    package mutating func addFlat(_ frame: RawFrame) throws(CalibrationError) {
        try check(frame)
        if let last = lastFlat {
            flats.append((try SiteStatistics(last, frame, inset: 0.25), frame.whiteLevel))
        }
        // The middle of a flat shows whether it is clipped.
        let own = try SiteStatistics(frame, frame, inset: 0.25)
        if Double(own.largest) < 0.98 * frame.whiteLevel {
            if gains == nil { gains = try GainMap(like: frame) }
            try gains?.add(frame)
        } else {
            clippedFlats += 1
        }
        lastFlat = frame
    }

    /// Sets the frame of a ColorChecker; see ``ColorChart``.
    package mutating func setChart(_ frame: RawFrame, corners: [SIMD2<Double>]) throws(CalibrationError) {
        try check(frame)
        chart = (frame, corners)
    }

    package struct Outcome: Sendable {
        package var profile: ISPProfile
        package var noise: PhotonTransfer?
        package var chart: ColorChart?
        /// For the four sites.
        package var blackLevel: [Double]
        /// Flats that are clipped in the middle and were left out of the gain map.
        package var clippedFlats: Int
        /// Why there is no noise model, when there are flats.
        package var noiseProblem: CalibrationError?
    }

    /// - Parameters:
    ///   - name: of the profile.
    ///   - grid: points of the gain map across and down.
    /// - Throws: ``CalibrationError``; `ISPError` when what was found is no valid profile.
    package func outcome(name: String, grid: (columns: Int, rows: Int)) throws -> Outcome {
        guard kind != nil else { throw CalibrationError.unsuitable(what: "frames", detail: "there are none") }
        let black: [Double]
        if dark.isEmpty {
            black = declaredBlack ?? [0, 0, 0, 0]
        } else {
            black = (0..<4).map { site in dark.map { $0.means[site] }.reduce(0, +) / Double(dark.count) }
        }
        var profile = ISPProfile(name: name)
        if !dark.isEmpty { profile.blackLevel = black }
        let shading = try gains?.shading(columns: grid.columns, rows: grid.rows, blackLevel: black)
        if let shading { profile.lensShading = .grid(shading) }
        var outcome = Outcome(profile: profile, blackLevel: black, clippedFlats: clippedFlats)
        if let chart {
            let fitted = try ColorChart(
                chart.frame, corners: chart.corners, blackLevel: black, shading: shading)
            outcome.profile.color = .matrix(fitted.matrix)
            outcome.chart = fitted
        }
        if !flats.isEmpty {
            do throws(CalibrationError) { outcome.noise = try noise(black) } catch { outcome.noiseProblem = error }
        }
        if let noise = outcome.noise {
            outcome.profile.noise = NoiseModel(gain: noise.gain, readNoise: noise.readNoise)
        }
        try outcome.profile.validate()
        return outcome
    }

    private func noise(_ black: [Double]) throws(CalibrationError) -> PhotonTransfer {
        // The first dark is compared with itself, which says nothing.
        let pairs = dark.dropFirst()
        let darkVariance =
            pairs.isEmpty
            ? nil : pairs.map { $0.variances.reduce(0, +) / 4 }.reduce(0, +) / Double(pairs.count)
        var points: [PhotonTransfer.Point] = []
        var range = Double.infinity
        for (flat, whiteLevel) in flats {
            range = min(range, whiteLevel - (black.max() ?? 0))
            for site in 0..<4 {
                let signal = flat.means[site] - black[site]
                // Neighbours of different exposures are no pair.
                guard abs(flat.differences[site]) < 1 + 0.02 * signal else { continue }
                points.append(PhotonTransfer.Point(signal: signal, variance: flat.variances[site]))
            }
        }
        return try PhotonTransfer(points, range: range, darkVariance: darkVariance)
    }
}

extension SensorCalibration.Outcome {
    /// Schema `fovea.calibration/1`: what was measured, for people and scripts.
    package var report: [UInt8] {
        var json = JSONWriter(pretty: true)
        json.object { json in
            json.key("schema")
            json.value("fovea.calibration/1")
            json.key("blackLevel")
            json.values(blackLevel)
            if let noise {
                json.key("noise")
                json.object { json in
                    for (key, value) in [
                        ("gain", noise.gain), ("readNoise", noise.readNoise),
                        ("readNoiseElectrons", noise.readNoiseElectrons),
                    ] {
                        json.key(key)
                        json.value(value)
                    }
                }
            }
            json.key("clippedFlats")
            json.value(clippedFlats)
            if let noiseProblem {
                json.key("noiseProblem")
                json.value("\(noiseProblem)")
            }
            if let chart {
                json.key("chart")
                json.object { json in
                    json.key("patches")
                    json.value(chart.patchCount)
                    json.key("error")
                    json.value(chart.error)
                    json.key("whiteBalanceGains")
                    json.values([chart.whiteBalanceGains.x, chart.whiteBalanceGains.y, chart.whiteBalanceGains.z])
                    json.key("matrix")
                    json.values(chart.matrix.coefficients)
                }
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
