import Imaging
import Synchronization
package import Tensors

/// Frames of one sensor that looks at a scene: light through the emulated sensor, recorded frames as they are.
package final class SceneSource: FrameSource {
    package let sensor: EmulatedSensor
    package let scene: Scene
    private let loop: Mutex<CameraLoop>
    private let parallelism: Parallelism

    /// - Parameter loop: what sets the sensor from frame to frame; `nil`: nothing does.
    package init(
        sensor: EmulatedSensor, scene: Scene, loop: CameraLoop? = nil, parallelism: Parallelism = .serial
    ) throws(SensorError) {
        self.sensor = sensor
        self.scene = scene
        let fixed = try CameraLoop(sensor: sensor, hasAutoExposure: false, hasAutoWhiteBalance: false)
        self.loop = Mutex(loop ?? fixed)
        self.parallelism = parallelism
    }

    package func frame(_ index: UInt64) throws(SensorError) -> SensorFrame {
        try frame(index, setting: nil)
    }

    /// Frame `index` with an exposure time in seconds and an analogue gain that somebody set, as far as the sensor can be
    /// set to them; `nil` for what the camera's loops set.
    package func frame(
        _ index: UInt64, setting control: (exposureTime: Double, analogGain: Double)?
    ) throws(SensorError) -> SensorFrame {
        guard case .light(let light) = try scene.content(index) else { return try recording(index) }
        var settings = try settings(index)
        if let control {
            let sheet = sensor.dataSheet
            settings.exposure.exposureTime = sheet.settableExposure(control.exposureTime, sensor.mode)
            settings.exposure.analogGain = sheet.settableGain(control.analogGain)
        }
        var frame = sensor.frame(index: index, of: light, exposure: settings.exposure, parallelism: parallelism)
        if let temperature = settings.temperature {
            frame.whiteBalanceGains = sensor.dataSheet.whiteBalanceGains(temperature: temperature)
            frame.cameraToSRGB = sensor.dataSheet.cameraToSRGB(temperature: temperature)
        }
        return SensorFrame(frame, settings: sensor.applied(settings.exposure))
    }

    private func recording(_ index: UInt64) throws(SensorError) -> SensorFrame {
        guard case .recording(let frame) = try scene.content(index) else {
            throw .badScene(path: "frame \(index)", detail: "is no recording")
        }
        return frame
    }

    private func settings(_ index: UInt64) throws(SensorError) -> CameraLoop.Settings {
        let result = loop.withLock { loop -> Result<CameraLoop.Settings, SensorError> in
            Result { () throws(SensorError) in
                try loop.settings(for: index) { (index) throws(SensorError) in
                    if case .light(let light) = try scene.content(index) { light } else { nil }
                }
            }
        }
        return try result.get()
    }
}
