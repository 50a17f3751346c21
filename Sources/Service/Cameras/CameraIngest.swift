import Codecs
import Logging
import Pipeline

/// Keeps one camera open and takes its frames in as those of a sensor.
struct CameraIngest: Sendable {
    let setting: CameraSetting
    let state: ServiceState
    let logger: Logger

    /// Pauses between attempts to open the camera; they double.
    private static let pauses = Duration.seconds(1)...Duration.seconds(30)

    /// Runs until the task is cancelled. A camera that is not there, or goes, is looked for again and again.
    func run() async {
        var pause = Self.pauses.lowerBound
        while !Task.isCancelled {
            let opened = ContinuousClock.now
            do {
                try await camera.watch { description in
                    logger.notice("camera \(setting.sensor) opened: \(description)")
                    state.metrics.cameraConnection(setting.sensor, "opened")
                } onFrame: { frame in
                    take(frame)
                }
            } catch {
                logger.warning("camera \(setting.sensor): \(error)")
                state.metrics.cameraConnection(setting.sensor, "failed")
            }
            if opened.duration(to: .now) > Self.pauses.upperBound { pause = Self.pauses.lowerBound }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.pauses.upperBound)
        }
    }

    private var camera: GigECamera { GigECamera(device: setting.device, frameLimit: state.reader.limit) }

    private func take(_ frame: GigECamera.Frame) {
        let content = Result { () throws(Problem) in try self.content(of: frame) }
        do {
            let sensor = try state.sensor(SensorID(setting.sensor))
            SensorIngest(sensor: sensor, state: state).take(
                content, number: frame.number, policy: setting.policy ?? state.configuration.sensorPolicy)
        } catch {
            // Nobody to keep books for: as many sensors as may be are there.
            state.metrics.dropped(.overloaded, sensor: setting.sensor)
        }
    }

    /// The frame copied out of the camera's buffer.
    private func content(of frame: GigECamera.Frame) throws(Problem) -> FrameRequest {
        switch frame.content {
        case .broken(let reason): throw .incompleteFrame(reason)
        case .unusable(let reason): throw .malformed(reason, field: "frame")
        case .whole(let bytes, let width, let height, let format, let rowStride):
            var description = RawDescription()
            (description.width, description.height) = (width, height)
            description.pixelFormat = format
            description.rowStride = rowStride
            description.blackLevel = [setting.blackLevel]
            description.sequence = frame.number
            description.timestamp = frame.timestamp
            var options = RequestOptions()
            options.analysis = setting.options
            return FrameRequest(
                FrameInput(
                    bytes: try state.reader.copied(bytes), contentType: "application/octet-stream",
                    description: description, sensor: setting.sensor), options)
        }
    }
}
