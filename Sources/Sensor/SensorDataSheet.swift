package import Imaging

/// What the maker of an image sensor prints: geometry, noise and colour. Charges are in electrons (e⁻), digital numbers
/// (DN) count in the mode's bit depth. The noise model is EMVA 1288's (release 4.0, section 2).
package struct SensorDataSheet: Sendable, Equatable {
    /// The schema of the JSON form.
    package static let schemaName = "fovea.sensor/1"

    /// One way to read the array out.
    package struct Mode: Sendable, Equatable {
        package var name: String
        /// Samples in a row and rows as sent, even for a Bayer mosaic.
        package var width: Int
        package var height: Int
        package var framesPerSecond: Double
        /// Same-coloured pixels averaged along each axis: 1 or 2. Averaging `b`² pixels makes the full well `b`² times
        /// as deep, divides the conversion gain by `b`² and raises the read noise by `b`.
        package var binning: Int
        package var pixelFormat: PixelFormat
        /// Rows start at multiples of this many bytes.
        package var rowAlignment: Int
        /// DN of darkness.
        package var blackLevel: Double
        /// DN per electron of one pixel at an analogue gain of 1, before binning.
        package var conversionGain: Double
        /// Seconds from the start of one row's read-out to the next's: exposures are whole numbers of it. `nil`: any
        /// exposure can be set.
        package var lineTime: Double?

        package init(
            name: String, width: Int, height: Int, framesPerSecond: Double, binning: Int = 1, pixelFormat: PixelFormat,
            rowAlignment: Int = 1, blackLevel: Double, conversionGain: Double, lineTime: Double? = nil
        ) {
            self.name = name
            self.width = width
            self.height = height
            self.framesPerSecond = framesPerSecond
            self.binning = binning
            self.pixelFormat = pixelFormat
            self.rowAlignment = rowAlignment
            self.blackLevel = blackLevel
            self.conversionGain = conversionGain
            self.lineTime = lineTime
        }

        /// Bytes from one row to the next.
        package var rowStride: Int {
            (pixelFormat.minimumRowStride(width: width) + rowAlignment - 1) / rowAlignment * rowAlignment
        }
    }

    /// Pixels whose dark current is far above the others'.
    package struct HotPixels: Sendable, Equatable {
        /// Share of all pixels, 0…1.
        package var fraction: Double
        /// Mean dark current of such a pixel, e⁻/s; each has its own, even between 0 and twice the mean.
        package var darkCurrent: Double

        package init(fraction: Double, darkCurrent: Double) {
            self.fraction = fraction
            self.darkCurrent = darkCurrent
        }
    }

    /// Camera RGB to linear sRGB under one light.
    package struct ColorCalibration: Sendable, Equatable {
        /// Correlated colour temperature, kelvin.
        package var temperature: Double
        /// White-balanced camera RGB → linear sRGB; rows sum to 1.
        package var cameraToSRGB: ColorMatrix
    }

    /// What a grey surface gives under one light, relative to green.
    package struct WhitePoint: Sendable, Equatable {
        /// Correlated colour temperature, kelvin.
        package var temperature: Double
        package var redToGreen: Double
        package var blueToGreen: Double
    }

    package var name: String
    package var summary: String
    /// In order of preference: the first is the default.
    package var modes: [Mode]

    /// Electrons a pixel holds.
    package var fullWell: Double
    /// Standard deviation of one reading of one pixel, e⁻.
    package var readNoise: Double
    /// Standard deviation from row to row of a frame, anew in every frame, e⁻.
    package var rowNoise: Double
    /// Standard deviation from column to column, the same in every frame, e⁻.
    package var columnNoise: Double
    /// Photo response non-uniformity: relative standard deviation of the sensitivity of pixels.
    package var photoResponseNonUniformity: Double
    /// Dark signal non-uniformity: standard deviation of the dark level of pixels, e⁻.
    package var darkSignalNonUniformity: Double
    /// Mean dark current at ``darkCurrentTemperature``, e⁻/s.
    package var darkCurrent: Double
    /// °C.
    package var darkCurrentTemperature: Double = 25
    /// Kelvin that double the dark current, the hot pixels' too.
    package var darkCurrentDoubling: Double = 7
    package var hotPixels: HotPixels
    /// Share of pixels that give nothing but the dark level, 0…1.
    package var deadPixels: Double = 0
    /// Share of pixels that always give a full well, 0…1.
    package var stuckPixels: Double = 0
    /// Electrons that a green pixel gathers in one lux second of daylight on the sensor.
    package var responsivity: Double = 5000
    package var analogGain: ClosedRange<Double>
    /// How gains are set; `nil`: any gain of the range can be.
    package var gainCode: GainCode?
    /// Bytes that the sensor has for a network's weights and activations; `nil`: it runs none.
    package var networkMemory: Int?
    package var timing = ControlTiming()
    package var lens = Lens()
    /// In rising order of temperature, at least one.
    package var colorCalibrations: [ColorCalibration]
    /// In rising order of temperature, at least one.
    package var whitePoints: [WhitePoint]

    /// The mode called `name`; the first one for `nil`.
    package func mode(_ name: String?) throws(SensorError) -> Mode {
        if let mode = name.map({ name in modes.first { $0.name == name } }) ?? modes.first { return mode }
        throw .unknownMode(name: name ?? "", sensor: self.name, known: modes.map(\.name))
    }

    /// Camera RGB → linear sRGB under light of `temperature` kelvin, linear between calibrations.
    package func cameraToSRGB(temperature: Double) -> ColorMatrix {
        let (low, high, share) = Self.bracket(colorCalibrations, at: temperature, by: \.temperature)
        let pairs = zip(low.cameraToSRGB.coefficients, high.cameraToSRGB.coefficients)
        return ColorMatrix(pairs.map { $0 + ($1 - $0) * share })
    }

    /// Gains on red, green and blue that make grey grey under light of `temperature` kelvin; green's is 1.
    package func whiteBalanceGains(temperature: Double) -> SIMD3<Double> {
        let (low, high, share) = Self.bracket(whitePoints, at: temperature, by: \.temperature)
        let red = low.redToGreen + (high.redToGreen - low.redToGreen) * share
        let blue = low.blueToGreen + (high.blueToGreen - low.blueToGreen) * share
        return SIMD3(1 / red, 1, 1 / blue)
    }

    /// The two entries around `temperature` and how far it lies from the first to the second, 0…1.
    private static func bracket<Entry>(
        _ entries: [Entry], at temperature: Double, by key: KeyPath<Entry, Double>
    ) -> (low: Entry, high: Entry, share: Double) {
        let next = entries.firstIndex { $0[keyPath: key] > temperature } ?? entries.count
        let low = entries[max(0, next - 1)]
        let high = entries[min(entries.count - 1, next)]
        let span = high[keyPath: key] - low[keyPath: key]
        guard span > 0 else { return (low, high, 0) }
        return (low, high, min(1, max(0, (temperature - low[keyPath: key]) / span)))
    }
}
