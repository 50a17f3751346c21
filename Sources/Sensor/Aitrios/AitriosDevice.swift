package import Aitrios
import AsyncHTTPClient
import Dispatch

/// What an emulated AITRIOS device has done.
package struct AitriosTotals: Sendable, Equatable {
    /// Frames looked at.
    package var frames = 0
    package var imagesUploaded = 0
    package var resultsUploaded = 0
    package var uploadsFailed = 0
    package var commands = 0

    package init() {}
}

/// What happens on a device, as its log tells it.
package enum AitriosEvent: Sendable {
    case connected
    case disconnected(detail: String)
    case started(UploadSettings)
    case stopped
    case uploaded(AitriosUpload)
    case answered(method: String)
    case deployed(id: String, isGood: Bool)
    /// A message that cannot be used, or a frame that cannot be made.
    case refused(detail: String)
}

/// An emulated AITRIOS device: controlled over MQTT on ThingsBoard's topics in either generation of the wire, uploading
/// pictures and results over HTTP.
package struct AitriosDevice: Sendable {
    package struct Options: Sendable {
        package var broker: BrokerAddress
        package var deviceID: String
        package var wire: OnWireProtocol
        package var framesPerSecond: Double
        package var version: String
        package var sensorName: String
        package var modelHash: String
        /// End after so many uploads of results and pictures; `nil`: when the task is cancelled.
        package var uploadLimit: Int?
        /// How long to try to reach a broker that was never there.
        package var patience: Duration = .seconds(20)

        package init(
            broker: BrokerAddress, deviceID: String, wire: OnWireProtocol, framesPerSecond: Double, version: String,
            sensorName: String, modelHash: String
        ) {
            self.broker = broker
            self.deviceID = deviceID
            self.wire = wire
            self.framesPerSecond = framesPerSecond
            self.version = version
            self.sensorName = sensorName
            self.modelHash = modelHash
        }
    }

    /// What the device's loop waits for.
    enum Step: Sendable {
        case mqtt(MQTTConnection.Event)
        case second
        case frame
        case upload(AitriosUpload)
        case telemetry([UInt8])
        case streamFailed(SensorError)
        case streamEnded
        case picture(DeviceRequest.Command, Result<[UInt8], SensorError>)
        case deployed(DeviceReport.DeploymentState)
    }

    let eye: AitriosEye
    let options: Options

    package init(camera: SceneSource, network: OnSensorNetwork, options: Options) {
        eye = AitriosEye(camera: camera, network: network)
        self.options = options
    }

    /// Lives until the task is cancelled or as many files were uploaded as the options say.
    ///
    /// - Throws: `broker` when it was never reached.
    package func run(onEvent: @escaping @Sendable (AitriosEvent) -> Void = { _ in }) async throws -> AitriosTotals {
        let (steps, continuation) = AsyncStream.makeStream(of: Step.self)
        let connection = try MQTTConnection(options.broker, clientID: options.deviceID) { event in
            continuation.yield(.mqtt(event))
        }
        let clock = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                continuation.yield(.second)
            }
        }
        do {
            let totals = try await HTTPClient.withHTTPClient { client in
                try await live(
                    steps, continuation, AitriosUploader(client: client, timeout: .seconds(30)), connection, onEvent)
            }
            clock.cancel()
            await Self.close(connection)
            return totals
        } catch {
            clock.cancel()
            await Self.close(connection)
            throw error
        }
    }

    private static func close(_ connection: MQTTConnection) async {
        // It waits for the library's thread.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                connection.close()
                continuation.resume()
            }
        }
    }

    private func live(
        _ steps: AsyncStream<Step>, _ continuation: AsyncStream<Step>.Continuation, _ uploader: AitriosUploader,
        _ connection: MQTTConnection, _ onEvent: @escaping @Sendable (AitriosEvent) -> Void
    ) async throws -> AitriosTotals {
        var session = AitriosSession(
            eye: eye, options: options, uploader: uploader, connection: connection, steps: continuation,
            onEvent: onEvent)
        for await step in steps {
            try session.take(step)
            if session.isDone { break }
        }
        await session.end()
        return session.totals
    }
}
