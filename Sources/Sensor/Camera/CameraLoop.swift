/// The loops of a camera around a sensor: they see each frame, and what they set shows some frames later, as the sensor's
/// control timing has it.
package struct CameraLoop: Sendable {
    /// What one frame is taken and described with.
    package struct Settings: Sendable, Equatable {
        package var exposure: ExposureSettings
        /// The estimate of the light's colour temperature; `nil` without automatic white balance.
        package var temperature: Double?
    }

    private let sensor: EmulatedSensor
    private var autoExposure: AutoExposure?
    private var autoWhiteBalance: AutoWhiteBalance?
    /// What the coming frames will be taken with, as far as it is written.
    private var pending: [(time: Double, gain: Double)]
    private var next: UInt64 = 0

    /// - Throws: `badOption` for automatic exposure without an illuminance to react to.
    package init(
        sensor: EmulatedSensor, hasAutoExposure: Bool, hasAutoWhiteBalance: Bool
    ) throws(SensorError) {
        if hasAutoExposure, case .relative = sensor.settings.light {
            throw .badOption(name: "auto-exposure", detail: "needs the illuminance of the scene")
        }
        self.sensor = sensor
        let sheet = sensor.dataSheet
        if hasAutoExposure {
            autoExposure = AutoExposure(times: sheet.exposureRange(sensor.mode), gains: sheet.analogGain)
        }
        autoWhiteBalance = hasAutoWhiteBalance ? AutoWhiteBalance(sheet) : nil
        let start = sensor.applied(sensor.settings)
        // The host holds back the control that shows sooner, so that both change in one frame.
        let delay = max(sheet.timing.exposureDelay, sheet.timing.gainDelay)
        pending = Array(repeating: (start.exposureTime, start.analogGain), count: delay)
    }

    /// What frame `index` is taken with. Frames must be asked for in rising order; those in between are seen by the loops
    /// all the same.
    package mutating func settings(
        for index: UInt64, scene: (UInt64) throws(SensorError) -> PreparedScene?
    ) throws(SensorError) -> Settings {
        while true {
            var exposure = sensor.settings
            (exposure.exposureTime, exposure.analogGain) = pending[0]
            let current = Settings(exposure: exposure, temperature: autoWhiteBalance?.temperature)
            guard next <= index else { return current }
            if autoExposure != nil || autoWhiteBalance != nil, let light = try scene(next) {
                see(sensor.statistics(of: light, exposure), exposure)
            }
            next += 1
            if next > index { return current }
        }
    }

    private mutating func see(_ statistics: SceneStatistics, _ exposure: ExposureSettings) {
        autoWhiteBalance?.update(statistics)
        guard let wanted = autoExposure?.update(statistics, applied: exposure) else { return }
        let time = sensor.dataSheet.settableExposure(wanted.exposureTime, sensor.mode)
        let gain = sensor.dataSheet.settableGain(wanted.analogGain * wanted.exposureTime / time)
        pending.removeFirst()
        pending.append((time, gain))
    }
}
