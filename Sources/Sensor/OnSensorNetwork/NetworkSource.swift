import Tensors
import Vision

/// What leaves a sensor that has a network.
package enum SensorPrivacy: String, Sendable, CaseIterable {
    /// The picture alone.
    case image
    case both
    /// The network's answers alone: no pixel leaves the sensor, and the input tensor is blank.
    case metadata
}

/// A sensor with a network: its frames carry what the network says of them, or are nothing but that.
package struct NetworkSource: FrameSource {
    private let camera: SceneSource
    private let network: OnSensorNetwork
    private let privacy: SensorPrivacy
    private let sensorName: String

    package init(camera: SceneSource, network: OnSensorNetwork, privacy: SensorPrivacy, sensorName: String) {
        self.camera = camera
        self.network = network
        self.privacy = privacy
        self.sensorName = sensorName
    }

    package func frame(_ index: UInt64) throws(SensorError) -> SensorFrame {
        let frame = try camera.frame(index)
        guard privacy != .image else { return frame }
        let answer = try self.answer(frame, index: index)
        let json = answer.result.json()
        return privacy == .metadata ? SensorFrame(result: json) : SensorFrame(frame, result: json)
    }

    /// What the network says of a frame of this sensor, as it leaves the sensor.
    package func answer(_ frame: SensorFrame, index: UInt64) throws(SensorError) -> OnSensorNetwork.Answer {
        guard let raw = frame.raw else {
            throw .badNetwork(
                name: network.name, detail: "the scene's files are sent as they are; the sensor sees no samples")
        }
        let sha256 = withExtendedLifetime(frame.storage) {
            SHA256.hex(of: UnsafeRawBufferPointer(rebasing: frame.storage.bytes[frame.range]))
        }
        var answer = try network.answer(
            raw, index: index, sensor: sensorName, timestamp: camera.sensor.timestamp(frame: index),
            sha256: sha256)
        if privacy == .metadata {
            answer.lines.input.bytes = [UInt8](repeating: 0, count: answer.lines.input.bytes.count)
        }
        return answer
    }
}
