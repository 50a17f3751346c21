internal import Imaging

/// The colour tags of a DNG's first directory, in the terms of ``SensorColor`` (DNG specification, chapter 6).
struct DNGColor {
    let sensorColor: SensorColor?
    /// From AsShotNeutral, or AsShotWhiteXY through the colour matrices.
    let whiteBalanceGains: SIMD3<Double>?

    init(_ directory: TIFFDirectory) throws(CodecError) {
        let balance =
            try directory.numbers(.analogBalance, exactly: 3).map { SIMD3($0[0], $0[1], $0[2]) } ?? SIMD3(1, 1, 1)
        var calibrations: [SensorColor.Calibration] = []
        for tags in [
            (TIFFTag.calibrationIlluminant1, TIFFTag.colorMatrix1, TIFFTag.cameraCalibration1, TIFFTag.forwardMatrix1),
            (.calibrationIlluminant2, .colorMatrix2, .cameraCalibration2, .forwardMatrix2),
        ] {
            let (illuminantTag, colorTag, calibrationTag, forwardTag) = tags
            guard let color = try directory.numbers(colorTag, exactly: 9) else { continue }
            let calibration = try directory.numbers(calibrationTag, exactly: 9).map { ColorMatrix($0) }
            let reference = ColorMatrix.diagonal(balance) * (calibration ?? .identity)
            var forward = try directory.numbers(forwardTag, exactly: 9).map { ColorMatrix($0) }
            // The forward matrix works on white-balanced colours of the reference camera. Scaling each channel cancels
            // out in the balance; a calibration that mixes channels does not.
            if !reference.isDiagonal { forward = nil }
            // An unnamed illuminant reads as daylight.
            let code = try directory.integer(illuminantTag) ?? 0
            calibrations.append(
                SensorColor.Calibration(
                    temperature: Illuminant.temperature(code: code) ?? 6504,
                    xyzToCamera: reference * ColorMatrix(color), cameraToXYZD50: forward))
        }
        calibrations.sort { $0.temperature < $1.temperature }
        sensorColor = calibrations.isEmpty ? nil : SensorColor(calibrations: calibrations)

        var neutral: SIMD3<Double>?
        if let values = try directory.numbers(.asShotNeutral, exactly: 3) {
            neutral = SIMD3(values[0], values[1], values[2])
            guard values.allSatisfy({ $0 > 0 }) else { throw directory.fault(.asShotNeutral, "is \(values)") }
        } else if let white = try directory.numbers(.asShotWhiteXY, exactly: 2), let sensorColor {
            neutral = sensorColor.neutral(x: white[0], y: white[1])
        }
        whiteBalanceGains = neutral.flatMap { neutral in
            let gains = neutral.y / neutral
            let isSensible = [gains.x, gains.y, gains.z].allSatisfy { $0.isFinite && $0 > 0 }
            return isSensible ? gains : nil
        }
    }
}

extension ColorMatrix {
    fileprivate var isDiagonal: Bool { [1, 2, 3, 5, 6, 7].allSatisfy { coefficients[$0] == 0 } }
}

extension SensorColor {
    /// How the camera sees white of chromaticity (`x`, `y`): the colour matrix for that light times its XYZ.
    ///
    /// The colour temperature is McCamy's approximation (Color Research & Application 17, 1992); matrices are
    /// interpolated by its reciprocal.
    fileprivate func neutral(x: Double, y: Double) -> SIMD3<Double>? {
        guard x > 0, y > 0, x + y < 1, y != 0.1858 else { return nil }
        let n = (x - 0.3320) / (0.1858 - y)
        let temperature = ((449 * n + 3525) * n + 6823.3) * n + 5520.33
        let known = calibrations.compactMap { calibration in
            calibration.xyzToCamera.map { (temperature: calibration.temperature, matrix: $0) }
        }
        guard temperature > 0, let first = known.first, let last = known.last else { return nil }
        let span = 1 / first.temperature - 1 / last.temperature
        let weight = span == 0 ? 0 : min(max((1 / first.temperature - 1 / temperature) / span, 0), 1)
        let matrix = ColorMatrix(
            (0..<9).map {
                first.matrix.coefficients[$0] * (1 - weight) + last.matrix.coefficients[$0] * weight
            })
        let neutral = matrix * SIMD3(x / y, 1, (1 - x - y) / y)
        return neutral.x > 0 && neutral.y > 0 && neutral.z > 0 ? neutral : nil
    }
}
