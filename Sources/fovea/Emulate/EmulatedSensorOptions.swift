#if FOVEA_SERVER
import ArgumentParser
import Sensor
import Tensors

/// Which sensor is emulated.
struct EmulatedSensorOptions: ParsableArguments {
    @Option(help: "A built-in sensor, or a data sheet: FILE.json.")
    var sensor: String = "imx500"

    @Option(help: "Mode of the sensor; by default its first.")
    var mode: String?

    @Option(help: "Makes one recording differ from another.")
    var seed: UInt64 = 0

    @Option(help: "Makes one sensor differ from another of its kind.")
    var serial: String = "1"

    func sheet() throws -> SensorDataSheet { try SensorDataSheet.named(sensor) }
}

/// What the sensor looks at and how it is set.
struct EmulatedSceneOptions: ParsableArguments {
    @Option(
        help: """
            Picture, raw frame, a folder of them shown in turn, or chart:colorchecker, chart:slanted-edge, \
            chart:siemens-star, chart:ramps, chart:shapes.
            """)
    var scene: String

    @Option(help: "Amplification before the converter.")
    var analogGain: Double = 1

    @Option(help: "Exposure time in milliseconds.")
    var exposure: Double = 10

    @Option(help: "Green brightness of white as a share of saturation, whatever exposure and gain.")
    var brightness: Double?

    @Option(help: "Lux on the scene: brightness then follows from lens, exposure and gain.")
    var illuminance: Double?

    @Flag(help: "Set exposure and gain from frame to frame as a camera does; needs --illuminance.")
    var autoExposure = false

    @Flag(help: "Estimate the light's colour from the frames instead of stating it.")
    var autoWhiteBalance = false

    @Flag(help: "Let the sensor's lens darken the picture towards its edges.")
    var lensShading = false

    @Option(help: "Colour temperature of the light, kelvin.")
    var temperature: Double = 5000

    @Option(help: "Temperature of the sensor, degrees Celsius; dark current doubles every few.")
    var sensorTemperature: Double = 25

    @Option(help: "The curve of pictures that is undone to get back to light: srgb, contrast or linear.")
    var tone: String = "srgb"

    @Option(help: "How a picture of another shape fills the sensor: cover or letterbox.")
    var fit: String = "cover"

    func validate() throws {
        if SceneOptions.Fit(rawValue: fit) == nil {
            throw ValidationError("--fit is '\(fit)', allowed are cover and letterbox")
        }
        if SceneOptions.Tone(rawValue: tone) == nil {
            throw ValidationError("--tone is '\(tone)', allowed are srgb, contrast and linear")
        }
        if brightness != nil && illuminance != nil {
            throw ValidationError("give --brightness or --illuminance, not both")
        }
        if autoExposure && illuminance == nil { throw ValidationError("--auto-exposure needs --illuminance") }
    }

    var settings: ExposureSettings {
        ExposureSettings(
            analogGain: analogGain, exposureTime: exposure / 1000,
            light: illuminance.map(ExposureSettings.Light.illuminance) ?? .relative(brightness ?? 1),
            sensorTemperature: sensorTemperature)
    }

    var sceneOptions: SceneOptions {
        SceneOptions(
            tone: SceneOptions.Tone(rawValue: tone) ?? .srgb, fit: SceneOptions.Fit(rawValue: fit) ?? .cover,
            temperature: temperature, hasLensShading: lensShading)
    }
}
#endif
