package import Tensors

/// An emulated sensor measured from its frames alone as EMVA 1288 (release 4.0) measures a camera, next to what its data
/// sheet states.
package struct SensorVerification: Sendable {
    /// One measured quantity.
    package struct Quantity: Sendable, Encodable {
        package var name: String
        package var unit: String
        package var stated: Double
        package var measured: Double
        /// Largest share of the stated value that the measured one may be off.
        package var tolerance: Double

        /// Measured over stated, less 1; the measured value itself where none is stated.
        package var deviation: Double { stated == 0 ? measured : measured / stated - 1 }
        package var holds: Bool { abs(deviation) <= tolerance }
    }

    /// Mean signal and temporal variance at one level of light, DN and DN².
    struct TransferPoint: Sendable {
        var electrons: Double
        var mean: Double
        var variance: Double
    }

    /// Mean dark signal after an exposure, electrons.
    struct DarkPoint: Sendable {
        var seconds: Double
        var electrons: Double
    }

    package private(set) var quantities: [Quantity] = []
    private(set) var transfer: [TransferPoint] = []
    private(set) var transferGain = 0.0
    private(set) var transferOffset = 0.0
    /// Dark signal at the data sheet's temperature and where it should have doubled.
    private(set) var dark: [(temperature: Double, points: [DarkPoint])] = []
    /// Deviations of pixels: relative sensitivity, and dark offset in electrons.
    private(set) var responses = Histogram(range: -5...5, bins: 100)
    private(set) var offsets = Histogram(range: -5...5, bins: 100)
    /// What averaging leaves of the temporal noise in these, as deviations.
    private(set) var responseRest = 0.0
    private(set) var offsetRest = 0.0
    let sheet: SensorDataSheet
    let mode: SensorDataSheet.Mode

    private let serial: String
    private let seed: UInt64
    private let parallelism: Parallelism
    private var nextFrame: UInt64 = 0
    private var mask: [Bool] = []

    /// Takes some 200 frames and measures them.
    ///
    /// - Parameter frames: how many make a stack.
    /// - Throws: as the sensor does.
    package init(
        dataSheet: SensorDataSheet, mode: SensorDataSheet.Mode? = nil, serial: String = "1", seed: UInt64 = 0,
        frames: Int = 64, parallelism: Parallelism = .serial
    ) throws(SensorError) {
        sheet = dataSheet
        self.mode = if let mode { mode } else { try dataSheet.mode(nil) }
        self.serial = serial
        self.seed = seed
        self.parallelism = parallelism
        let frames = max(2, frames)
        let high = dataSheet.settableGain(min(16, dataSheet.analogGain.upperBound))
        try measureTransfer()
        let highGain = try measureGain(analogGain: high)
        try measureDark(analogGain: high, gain: highGain, frames: frames)
        try measureResponse(frames: frames)
        try measureDarkCurrent(analogGain: high, gain: highGain)
    }

    private func sensor(_ settings: ExposureSettings) throws(SensorError) -> EmulatedSensor {
        try EmulatedSensor(
            dataSheet: sheet, mode: mode, seed: seed, serial: serial, settings: settings, parallelism: parallelism)
    }

    private var shortest: Double { sheet.exposureRange(mode).lowerBound }
    private var pixels: Double { Double(mode.binning * mode.binning) }

    /// Two frames of the same even light.
    private mutating func pair(_ sensor: EmulatedSensor, electrons: Double) -> FrameMoments {
        let scene = sensor.flatField(electrons: electrons)
        defer { nextFrame += 2 }
        return FrameMoments(
            sensor.frame(index: nextFrame, of: scene, parallelism: parallelism),
            sensor.frame(index: nextFrame + 1, of: scene, parallelism: parallelism),
            without: mask.isEmpty ? nil : mask)
    }

    /// The photon transfer curve at a gain of 1 (EMVA 1288, section 6.6): the slope of variance over mean is the gain.
    private mutating func measureTransfer() throws(SensorError) {
        let sensor = try sensor(ExposureSettings(exposureTime: shortest))
        let saturation = sensor.saturation(analogGain: 1)
        let shares = [0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97]
        for share in shares {
            let moments = pair(sensor, electrons: share * saturation)
            transfer.append(
                TransferPoint(
                    electrons: share * saturation, mean: moments.mean, variance: moments.temporalVariance))
        }
        // Variances below half a step squared are quantised away; from seven tenths up the brightest pixels clip.
        let used = zip(shares, transfer).filter { (0.02...0.7).contains($0.0) && $0.1.variance > 0.25 }.map(\.1)
        let line = Line(used.map { ($0.mean, $0.variance, 1 / ($0.variance * $0.variance)) })
        (transferGain, transferOffset) = (line.slope, line.offset)
        add("gain", "DN/e-", mode.conversionGain / pixels, line.slope, 0.01)
        let response = Line(used.map { ($0.electrons, $0.mean, 1) })
        let linearity = used.map { abs($0.mean - response.slope * $0.electrons - response.offset) }.max() ?? 0
        add("linearity error", "of signal", 0, linearity / (response.slope * saturation), 0.002)
    }

    /// DN per electron at another gain, from two levels.
    private mutating func measureGain(analogGain: Double) throws(SensorError) -> Double {
        let sensor = try sensor(ExposureSettings(analogGain: analogGain, exposureTime: shortest))
        let saturation = sensor.saturation(analogGain: analogGain)
        let low = pair(sensor, electrons: 0.05 * saturation)
        let high = pair(sensor, electrons: 0.6 * saturation)
        let gain = (high.temporalVariance - low.temporalVariance) / (high.mean - low.mean)
        let stated = mode.conversionGain / pixels * analogGain
        add("gain at analogue gain \(Plot.number(analogGain))", "DN/e-", stated, gain, 0.01)
        return gain
    }

    /// Noise and offsets in the dark, at a gain that makes quantisation small (EMVA 1288, sections 6.4 and 8.2).
    private mutating func measureDark(analogGain: Double, gain: Double, frames: Int) throws(SensorError) {
        let sensor = try sensor(ExposureSettings(analogGain: analogGain, exposureTime: shortest))
        let scene = sensor.flatField(electrons: 0)
        var stack = FrameStack(width: mode.width, height: mode.height)
        for _ in 0..<frames {
            stack.add(sensor.frame(index: nextFrame, of: scene, parallelism: parallelism))
            nextFrame += 1
        }
        mask = stack.outliers()
        let moments = pair(sensor, electrons: 0)
        let binning = Double(mode.binning)
        let read = max(0, moments.temporalVariance - 1 / 12).squareRoot() / gain / binning
        add("read noise", "e-", sheet.readNoise, read, 0.02)
        let row = moments.rowVariance.squareRoot() / gain / binning
        add("row noise", "e-", sheet.rowNoise, row, sheet.rowNoise == 0 ? 0.05 : 0.1)
        let spatial = stack.spatial(without: mask)
        add("black level", "DN", mode.blackLevel, spatial.mean, 0.01)
        let rest = (moments.temporalVariance + moments.rowVariance) / Double(frames)
        let fixed = max(0, spatial.pixelVariance - rest).squareRoot()
        let tolerance = sheet.darkSignalNonUniformity == 0 ? 0.1 : 0.05
        add("DSNU", "e-", sheet.darkSignalNonUniformity, fixed / gain / binning, tolerance)
        let column = spatial.columnVariance.squareRoot() / gain / binning
        add("column noise", "e-", sheet.columnNoise, column, sheet.columnNoise == 0 ? 0.05 : 0.1)
        offsetRest = rest.squareRoot() / gain / binning
        if fixed > 0 {
            for pixel in 0..<stack.count where !mask[pixel] {
                offsets.add((stack.value(pixel) - spatial.mean) / gain / binning)
            }
        }
    }

    /// How unevenly pixels respond at half of saturation (EMVA 1288, section 8.2), and how many do not.
    private mutating func measureResponse(frames: Int) throws(SensorError) {
        let sensor = try sensor(ExposureSettings(exposureTime: shortest))
        let electrons = 0.5 * sensor.saturation(analogGain: 1)
        let scene = sensor.flatField(electrons: electrons)
        var stack = FrameStack(width: mode.width, height: mode.height)
        for _ in 0..<frames {
            stack.add(sensor.frame(index: nextFrame, of: scene, parallelism: parallelism))
            nextFrame += 1
        }
        let bright = stack.outliers()
        let defects = bright.reduce(0) { $0 + ($1 ? 1 : 0) }
        let spatial = stack.spatial(without: bright)
        let moments = pair(sensor, electrons: electrons)
        let temporal = moments.temporalVariance + moments.rowVariance
        let signal = spatial.mean - mode.blackLevel
        let darkPart = sheet.darkSignalNonUniformity * Double(mode.binning) * transferGain
        let uneven = max(0, spatial.pixelVariance - temporal / Double(frames) - darkPart * darkPart).squareRoot()
        let stated = sheet.photoResponseNonUniformity / Double(mode.binning)
        add("PRNU", "of signal", stated, uneven / signal, stated == 0 ? 0.001 : 0.03)
        let expected = (sheet.deadPixels + sheet.stuckPixels) * pixels * Double(stack.count)
        // A count of few is as uncertain as its square root.
        add("defective pixels", "", expected, Double(defects), expected == 0 ? 3 : max(0.1, 4 / expected.squareRoot()))
        responseRest = (temporal / Double(frames)).squareRoot() / signal
        for pixel in 0..<stack.count where !bright[pixel] {
            responses.add((stack.value(pixel) - spatial.mean) / signal * 100)
        }
    }

    /// Mean dark signal over exposure time, at two temperatures (EMVA 1288, section 7).
    private mutating func measureDarkCurrent(analogGain: Double, gain: Double) throws(SensorError) {
        guard sheet.darkCurrent > 0 else { return }
        let reference = sheet.darkCurrentTemperature
        let saturation = try sensor(ExposureSettings(analogGain: analogGain)).saturation(analogGain: analogGain)
        let longest = min(60, 0.25 * saturation / (sheet.darkCurrent * pixels))
        var slopes: [Double] = []
        for temperature in [reference, reference + sheet.darkCurrentDoubling] {
            var points: [DarkPoint] = []
            for step in 1...5 {
                let sensor = try sensor(
                    ExposureSettings(
                        analogGain: analogGain, exposureTime: longest * Double(step) / 5,
                        sensorTemperature: temperature))
                let moments = pair(sensor, electrons: 0)
                points.append(
                    DarkPoint(
                        seconds: sensor.applied(sensor.settings).exposureTime,
                        electrons: (moments.mean - mode.blackLevel) / gain / pixels))
            }
            slopes.append(Line(points.map { ($0.seconds, $0.electrons, 1) }).slope)
            dark.append((temperature, points))
        }
        add("dark current at \(Plot.number(reference)) °C", "e-/s", sheet.darkCurrent, slopes[0], 0.02)
        add(
            "dark current at \(Plot.number(reference + sheet.darkCurrentDoubling)) °C", "e-/s", 2 * sheet.darkCurrent,
            slopes[1], 0.02)
    }

    private mutating func add(
        _ name: String, _ unit: String, _ stated: Double, _ measured: Double, _ tolerance: Double
    ) {
        quantities.append(
            Quantity(name: name, unit: unit, stated: stated, measured: measured, tolerance: tolerance))
    }
}

/// A straight line through weighted points, by least squares.
private struct Line {
    var slope = 0.0
    var offset = 0.0

    init(_ points: [(x: Double, y: Double, weight: Double)]) {
        let total = points.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return }
        let x = points.reduce(0) { $0 + $1.x * $1.weight } / total
        let y = points.reduce(0) { $0 + $1.y * $1.weight } / total
        let across = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) * $1.weight }
        guard across > 0 else { return }
        slope = points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) * $1.weight } / across
        offset = y - slope * x
    }
}

/// Counts of values in equal bins.
struct Histogram: Sendable {
    let range: ClosedRange<Double>
    private(set) var counts: [Int]
    private(set) var total = 0

    init(range: ClosedRange<Double>, bins: Int) {
        self.range = range
        counts = [Int](repeating: 0, count: bins)
    }

    var binWidth: Double { (range.upperBound - range.lowerBound) / Double(counts.count) }

    mutating func add(_ value: Double) {
        total += 1
        guard range.contains(value) else { return }
        counts[min(counts.count - 1, Int((value - range.lowerBound) / binWidth))] += 1
    }
}
