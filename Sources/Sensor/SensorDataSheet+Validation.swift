import Imaging

extension SensorDataSheet {
    /// Checks every number against the range that the model of the sensor takes.
    package func validate() throws(SensorError) {
        try Self.require(Self.isName(name), "name", "must be 1 to 64 letters, digits, '.', '_' or '-'")
        try Self.require((1...64).contains(modes.count), "modes", "must hold 1 to 64 modes, holds \(modes.count)")
        try Self.require(Set(modes.map(\.name)).count == modes.count, "modes", "must have different names")
        for (index, mode) in modes.enumerated() { try mode.validate(path: "modes[\(index)]") }

        try Self.check(fullWell, in: 1...10_000_000, "fullWell")
        try Self.check(readNoise, in: 0...10_000, "readNoise")
        try Self.check(rowNoise, in: 0...10_000, "rowNoise")
        try Self.check(columnNoise, in: 0...10_000, "columnNoise")
        try Self.check(photoResponseNonUniformity, in: 0...0.15, "photoResponseNonUniformity")
        try Self.check(darkSignalNonUniformity, in: 0...10_000, "darkSignalNonUniformity")
        try Self.check(darkCurrent, in: 0...1_000_000, "darkCurrent")
        try Self.check(hotPixels.fraction, in: 0...1, "hotPixels.fraction")
        try Self.check(hotPixels.darkCurrent, in: 0...10_000_000, "hotPixels.darkCurrent")
        try Self.check(darkCurrentTemperature, in: -100...150, "darkCurrentTemperature")
        try Self.check(darkCurrentDoubling, in: 1...100, "darkCurrentDoubling")
        try Self.check(deadPixels, in: 0...0.5, "deadPixels")
        try Self.check(stuckPixels, in: 0...0.5, "stuckPixels")
        try Self.check(responsivity, in: 0.01...10_000_000, "responsivity")
        if let gainCode {
            let gains = (0...gainCode.maximum).map(gainCode.gain)
            try Self.require(
                gains.allSatisfy { $0.isFinite && $0 > 0 } && zip(gains, gains.dropFirst()).allSatisfy { $0 < $1 },
                "gainCode", "gains must be above 0 and rise with the code")
        }
        try Self.check(analogGain.lowerBound, in: 1...1000, "analogGain.minimum")
        try Self.check(analogGain.upperBound, in: 1...1000, "analogGain.maximum")

        try Self.require(
            (1...64).contains(colorCalibrations.count), "colorCalibrations", "must hold 1 to 64 calibrations")
        try Self.checkRising(colorCalibrations.map(\.temperature), "colorCalibrations")
        for (index, calibration) in colorCalibrations.enumerated() {
            let path = "colorCalibrations[\(index)].cameraToSRGB"
            let matrix = calibration.cameraToSRGB
            for coefficient in matrix.coefficients { try Self.check(coefficient, in: -16...16, path) }
            for row in 0..<3 {
                let sum = matrix[row, 0] + matrix[row, 1] + matrix[row, 2]
                try Self.require(abs(sum - 1) <= 0.01, path, "row \(row) must sum to 1, sums to \(sum)")
            }
            try Self.require(matrix.inverse != nil, path, "must have an inverse")
        }
        try Self.require((1...64).contains(whitePoints.count), "whitePoints", "must hold 1 to 64 points")
        try Self.checkRising(whitePoints.map(\.temperature), "whitePoints")
        for (index, point) in whitePoints.enumerated() {
            try Self.check(point.redToGreen, in: 0.05...20, "whitePoints[\(index)].redToGreen")
            try Self.check(point.blueToGreen, in: 0.05...20, "whitePoints[\(index)].blueToGreen")
        }
    }

    private static func checkRising(_ temperatures: [Double], _ field: String) throws(SensorError) {
        for temperature in temperatures { try check(temperature, in: 1000...40_000, "\(field).temperature") }
        try require(
            zip(temperatures, temperatures.dropFirst()).allSatisfy { $0 < $1 }, field, "temperatures must rise")
    }

    fileprivate static func check(
        _ value: Double, in range: ClosedRange<Double>, _ field: String
    ) throws(SensorError) {
        try require(
            range.contains(value), field, "must be \(range.lowerBound) to \(range.upperBound), is \(value)")
    }

    fileprivate static func require(_ holds: Bool, _ field: String, _ detail: String) throws(SensorError) {
        if !holds { throw .badDataSheet(field: field, detail: detail) }
    }

    fileprivate static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension SensorDataSheet.Mode {
    fileprivate func validate(path: String) throws(SensorError) {
        typealias Sheet = SensorDataSheet
        try Sheet.require(Sheet.isName(name), "\(path).name", "must be 1 to 64 letters, digits, '.', '_' or '-'")
        try Sheet.require((2...32_768).contains(width), "\(path).width", "must be 2 to 32768, is \(width)")
        try Sheet.require((2...32_768).contains(height), "\(path).height", "must be 2 to 32768, is \(height)")
        if pixelFormat.cfa != nil {
            let (block, mosaic) = pixelFormat.arrangement == .bayer ? (2, "a Bayer") : (4, "a 4×4")
            for (name, extent) in [("width", width), ("height", height)] {
                try Sheet.require(
                    extent % block == 0, "\(path).\(name)",
                    "must be a multiple of \(block) for \(mosaic) mosaic, is \(extent)")
            }
        }
        try Sheet.check(framesPerSecond, in: 0.001...10_000, "\(path).framesPerSecond")
        try Sheet.require([1, 2].contains(binning), "\(path).binning", "must be 1 or 2, is \(binning)")
        try Sheet.require(pixelFormat.isDefined, "\(path).pixelFormat", "is no pixel format")
        try Sheet.require(
            (1...4096).contains(rowAlignment), "\(path).rowAlignment", "must be 1 to 4096, is \(rowAlignment)")
        try Sheet.check(blackLevel, in: 0...Double(pixelFormat.maximumSample - 1), "\(path).blackLevel")
        try Sheet.check(conversionGain, in: 0.000_01...10_000, "\(path).conversionGain")
        if let lineTime {
            try Sheet.check(lineTime, in: 1e-9...1, "\(path).lineTime")
            try Sheet.require(
                lineTime * Double(height) * framesPerSecond <= 1, "\(path).lineTime",
                "\(height) rows of \(lineTime) s do not fit a frame")
        }
    }
}
