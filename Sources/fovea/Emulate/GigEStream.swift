#if FOVEA_SERVER
import Imaging
import Pipeline
import Sensor
import Synchronization

/// One sensor as a GigE Vision camera, until interrupted or so many frames have been taken.
struct GigEStream {
    var address: String
    /// `nil`: the mode's.
    var framesPerSecond: Double?
    var frames: UInt64?
    var isQuiet: Bool

    func run(_ camera: EmulatedCameras.Camera, faults: FaultPlan) async throws {
        let others = faults.rates.filter { $0.key != .packetLoss && $0.value > 0 }.keys.map(\.rawValue)
        guard others.isEmpty, faults.clockDrift == 0 else {
            let names = others.sorted() + (faults.clockDrift == 0 ? [] : ["clock-drift"])
            throw SensorError.badOption(
                name: "faults",
                detail: "a GigE Vision sensor has packet-loss only, not \(names.joined(separator: ", "))")
        }
        var options = GigEDevice.Options(
            address: address, framesPerSecond: framesPerSecond ?? camera.sensor.mode.framesPerSecond)
        options.packetLoss = faults.rates[.packetLoss] ?? 0
        options.seed = camera.sensor.seed
        options.version = FoveaBuild.version
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let device = try GigEDevice(source: camera.source, options: options) { [frames] totals in
            if let frames, totals.taken >= frames { end.finish() }
        }
        let mode = camera.sensor.mode
        StandardError.print(
            "GigE Vision camera \(device.name) on \(address): \(mode.width)x\(mode.height) "
                + "\(mode.pixelFormat.pfncName ?? mode.pixelFormat.name)")
        let interruption = InterruptSignal { end.finish() }
        defer { interruption.stop() }
        for await _ in ends {}
        device.stop()
        let totals = device.totals
        StandardError.print("\(totals.taken) frames taken, \(totals.failed) of them could not be made")
        if let fault = device.fault { throw fault }
    }
}
#endif
