#if FOVEA_SERVER
import Aitrios
import ArgumentParser
import Inference
import Pipeline
import Sensor

/// The emulated sensor as an AITRIOS device.
struct AitriosOptions: ParsableArguments {
    @Option(
        help: """
            Be an AITRIOS device that the console behind this MQTT broker controls: mqtt://HOST:PORT, or mqtts:// for TLS. \
            Needs --network.
            """
    )
    var aitrios: String?

    @Option(help: "PEM file of the authorities that may sign the broker's certificate; by default the system's.")
    var brokerAuthorities: String?

    @Option(help: "PEM file of the device's certificate, where the broker asks for one.")
    var deviceCertificate: String?

    @Option(help: "PEM file of the key of --device-certificate.")
    var deviceKey: String?

    @Option(help: "How it speaks to the console: evp1 or evp2.")
    var wire: String = OnWireProtocol.evp2.rawValue

    func validate() throws {
        if OnWireProtocol(rawValue: wire) == nil {
            throw ValidationError("--wire is '\(wire)', allowed are evp1 and evp2")
        }
        if aitrios == nil, brokerAuthorities ?? deviceCertificate ?? deviceKey != nil {
            throw ValidationError("--broker-authorities, --device-certificate and --device-key are for --aitrios")
        }
    }

    /// Lives as the device until Ctrl-C, or until so many files were uploaded.
    func run(
        _ address: String, _ camera: EmulatedCameras.Camera, _ network: LoadedNetwork, framesPerSecond: Double,
        uploads: Int?, quiet: Bool
    ) async throws {
        let trust = BrokerAddress.Trust(
            authorities: brokerAuthorities, certificate: deviceCertificate, key: deviceKey)
        var options = AitriosDevice.Options(
            broker: try BrokerAddress(address, trust: trust), deviceID: camera.name,
            wire: OnWireProtocol(rawValue: wire) ?? .evp2,
            framesPerSecond: framesPerSecond, version: FoveaBuild.version,
            sensorName: camera.sensor.dataSheet.name, modelHash: network.model.session.sha256)
        options.uploadLimit = uploads
        let device = try AitriosDevice(
            camera: camera.source, network: network.network(camera, alone: true), options: options)
        let life = Task { try await device.run { event in if !quiet { Self.show(event) } } }
        let interruption = InterruptSignal { life.cancel() }
        defer { interruption.stop() }
        let totals = try await life.value
        StandardError.print(
            "\(totals.frames) frames, \(totals.imagesUploaded) pictures and \(totals.resultsUploaded) files of results uploaded, "
                + "\(totals.uploadsFailed) uploads failed, \(totals.commands) commands")
    }

    private static func show(_ event: AitriosEvent) {
        switch event {
        case .connected: StandardError.print("connected")
        case .disconnected(let detail): StandardError.print("not connected: \(detail)")
        case .started(let settings):
            let places = [settings.images, settings.results].compactMap { $0?.url("") }
            StandardError.print("started: \(places.joined(separator: ", "))")
        case .stopped: StandardError.print("stopped")
        case .uploaded(let upload):
            let line = upload.failure.map { "\(upload.url): \($0)" } ?? upload.url
            StandardError.print(line)
        case .answered(let method): StandardError.print("answered \(method)")
        case .deployed(let id, let isGood): StandardError.print("deployment \(id): \(isGood ? "done" : "failed")")
        case .refused(let detail): StandardError.print("refused: \(detail)")
        }
    }
}
#endif
