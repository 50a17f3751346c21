/// What a camera application sets on a sensor before it streams.
package struct ExposureSettings: Sendable, Equatable {
    /// Amplification before the converter, linear. More gain stands for less light: the same brightness from fewer
    /// electrons.
    package var analogGain: Double
    /// Seconds a pixel gathers light; decides how much dark current it gathers.
    package var exposureTime: Double
    /// Green brightness of white in the scene, as a share of what saturates the sensor. Above 1 highlights clip.
    package var brightness: Double

    package init(analogGain: Double = 1, exposureTime: Double = 0.01, brightness: Double = 1) {
        self.analogGain = analogGain
        self.exposureTime = exposureTime
        self.brightness = brightness
    }

    func validate(for sheet: SensorDataSheet) throws(SensorError) {
        guard sheet.analogGain.contains(analogGain) else {
            let range = "\(sheet.analogGain.lowerBound) to \(sheet.analogGain.upperBound)"
            throw .badOption(name: "gain", detail: "sensor \(sheet.name) takes \(range), not \(analogGain)")
        }
        guard (0...3600).contains(exposureTime) else {
            throw .badOption(name: "exposure", detail: "must be 0 to 3600 seconds, is \(exposureTime)")
        }
        guard brightness > 0, brightness <= 16 else {
            throw .badOption(name: "brightness", detail: "must be above 0 and at most 16, is \(brightness)")
        }
    }
}
