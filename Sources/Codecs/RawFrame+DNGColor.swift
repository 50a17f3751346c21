internal import Imaging

extension RawFrame {
    /// The one or two calibrations that a DNG of this frame carries. A camera of unknown colours is written as one with the
    /// primaries of sRGB, so that readers develop its colours as they are.
    var calibrationsForDNG: [SensorColor.Calibration] {
        let known = (color?.calibrations ?? []).filter { $0.xyzToCamera != nil }
        if let first = known.first {
            return known.count == 1 ? [first] : [first, known[known.count - 1]]
        }
        let srgb = cameraToSRGB ?? .identity
        let gains = whiteBalanceGains ?? SIMD3(1, 1, 1)
        // White of the scene is taken as D65, the white of sRGB: the matrix then agrees with the neutral by itself.
        let cameraToXYZ = ColorMatrix.sRGBToXYZ * srgb * .diagonal(gains)
        let forward = ColorMatrix.xyzD65ToD50 * ColorMatrix.sRGBToXYZ * srgb
        return [
            SensorColor.Calibration(
                temperature: 6504, xyzToCamera: cameraToXYZ.inverse ?? ColorMatrix.sRGBToXYZ.inverse,
                cameraToXYZD50: forward)
        ]
    }
}

extension ColorMatrix {
    /// Linear sRGB → XYZ relative to D65 (IEC 61966-2-1).
    fileprivate static let sRGBToXYZ = ColorMatrix([
        0.4124564, 0.3575761, 0.1804375, 0.2126729, 0.7151522, 0.0721750, 0.0193339, 0.1191920, 0.9503041,
    ])

    /// XYZ relative to D65 → D50, Bradford's adaptation.
    fileprivate static let xyzD65ToD50 = ColorMatrix([
        1.0478112, 0.0228866, -0.0501270, 0.0295424, 0.9904844, -0.0170491, -0.0092345, 0.0150436, 0.7521316,
    ])
}
