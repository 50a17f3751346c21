/// What a camera says of its own colours, in DNG's terms (DNG specification 1.7, chapter 6).
package struct SensorColor: Sendable, Hashable {
    /// A calibration under one illuminant.
    package struct Calibration: Sendable, Hashable {
        /// Correlated colour temperature of the illuminant, kelvin.
        package var temperature: Double
        /// XYZ → camera (DNG ColorMatrix), if given.
        package var xyzToCamera: ColorMatrix?
        /// White-balanced camera → XYZ D50 (DNG ForwardMatrix), if given.
        package var cameraToXYZD50: ColorMatrix?

        package init(temperature: Double, xyzToCamera: ColorMatrix?, cameraToXYZD50: ColorMatrix? = nil) {
            self.temperature = temperature
            self.xyzToCamera = xyzToCamera
            self.cameraToXYZD50 = cameraToXYZD50
        }
    }

    /// One or two calibrations, in rising order of temperature.
    package var calibrations: [Calibration]

    package init(calibrations: [Calibration]) { self.calibrations = calibrations }
}
