/// What a camera application sets on a sensor before it streams, and the light around it.
package struct ExposureSettings: Sendable, Equatable {
    /// How bright the scene is.
    package enum Light: Sendable, Equatable {
        /// White gives this share of what saturates the sensor, whatever exposure and gain are: more gain stands for less
        /// light. Above 1 highlights clip.
        case relative(Double)
        /// Lux on the scene: what white gives follows from the lens, the exposure time and the gain.
        case illuminance(Double)
    }

    /// Amplification before the converter, linear.
    package var analogGain: Double
    /// Seconds that a pixel gathers light and dark current.
    package var exposureTime: Double
    package var light: Light
    /// °C of the sensor.
    package var sensorTemperature: Double

    package init(
        analogGain: Double = 1, exposureTime: Double = 0.01, light: Light = .relative(1),
        sensorTemperature: Double = 25
    ) {
        self.analogGain = analogGain
        self.exposureTime = exposureTime
        self.light = light
        self.sensorTemperature = sensorTemperature
    }

    func validate(for sheet: SensorDataSheet) throws(SensorError) {
        guard sheet.analogGain.contains(analogGain) else {
            let range = "\(sheet.analogGain.lowerBound) to \(sheet.analogGain.upperBound)"
            throw .badOption(name: "gain", detail: "sensor \(sheet.name) takes \(range), not \(analogGain)")
        }
        guard (0...3600).contains(exposureTime) else {
            throw .badOption(name: "exposure", detail: "must be 0 to 3600 seconds, is \(exposureTime)")
        }
        switch light {
        case .relative(let share):
            guard share > 0, share <= 16 else {
                throw .badOption(name: "brightness", detail: "must be above 0 and at most 16, is \(share)")
            }
        case .illuminance(let lux):
            guard (0...1_000_000).contains(lux) else {
                throw .badOption(name: "illuminance", detail: "must be 0 to 1000000 lux, is \(lux)")
            }
        }
        guard (-100...150).contains(sensorTemperature) else {
            throw .badOption(
                name: "sensor temperature", detail: "must be -100 to 150 °C, is \(sensorTemperature)")
        }
    }
}
