import CAravis
import Imaging
import Synchronization

/// An emulated sensor as a GigE Vision camera: GenICam clients find it, open it, set region, frame rate, exposure and gain,
/// and get its samples bit for bit.
///
/// The frame with id 65401, where Aravis begins to count, is the sensor's frame 0. Frames are taken while a client has the
/// acquisition running, at the client's rate. Aravis sends what it lost never again.
package final class GigEDevice: Sendable {
    package struct Options: Sendable {
        /// Address of the network interface to answer on.
        package var address: String
        package var framesPerSecond: Double
        /// Share of packets that never leave, 0…1, and where its random numbers start.
        package var packetLoss = 0.0
        package var seed: UInt64 = 0
        /// Of the device, as clients see it.
        package var vendor = "Fovea"
        package var version = ""

        package init(address: String, framesPerSecond: Double) {
            self.address = address
            self.framesPerSecond = framesPerSecond
        }
    }

    package struct Totals: Sendable, Equatable {
        /// Frames that clients had taken.
        package var taken: UInt64 = 0
        /// Those that could not be made, and were sent as zeros.
        package var failed: UInt64 = 0
        /// Of the device's thread, making frames.
        package var makingTime: Duration = .zero
    }

    /// The name that Aravis lists the device by.
    package let name: String
    private let shutter: GigEShutter
    /// `nil` once stopped.
    private let device: Mutex<Device?>

    private struct Device: @unchecked Sendable {
        // Behind the lock around it.
        let pointer: OpaquePointer
    }

    /// Starts to answer clients.
    ///
    /// - Parameters:
    ///   - source: of a sensor in a mode ``SensorDataSheet/Mode/forGigEVision``.
    ///   - onFrame: told after each frame, on the device's thread.
    /// - Throws: `gigEVision` when libaravis is missing or the address cannot be used; `badOption`.
    package init(
        source: SceneSource, options: Options, onFrame: @escaping @Sendable (Totals) -> Void = { _ in }
    ) throws(SensorError) {
        let sensor = source.sensor
        let mode = sensor.mode
        guard let value = mode.pixelFormat.pfncValue, let formatName = mode.pixelFormat.pfncName else {
            throw .gigEVision(detail: "\(mode.pixelFormat.name) is not a format that it carries")
        }
        guard (0.001...10_000).contains(options.framesPerSecond) else {
            throw .badOption(name: "fps", detail: "must be 0.001 to 10000, is \(options.framesPerSecond)")
        }
        let settings = sensor.settings
        let exposures = sensor.dataSheet.exposureRange(mode)
        let microseconds = { (seconds: Double) in Int((min(max(seconds, 0), 4000) * 1e6).rounded()) }
        let xml = GenICamDescription(
            vendor: options.vendor, model: sensor.dataSheet.name, mode: mode, formatName: formatName,
            formatValue: value, maximumFrameRate: max(mode.framesPerSecond, options.framesPerSecond),
            exposure: max(1, microseconds(exposures.lowerBound))...max(1, microseconds(exposures.upperBound)),
            gain: sensor.dataSheet.analogGain, columnStep: mode.pixelFormat.packing == .lsb ? 4 : 2
        ).xml
        let exposureTime = UInt32(max(1, microseconds(settings.exposureTime)))
        let gain = UInt32((settings.analogGain * Double(GenICamDescription.gainSteps)).rounded())
        let shutter = GigEShutter(source: source, exposureTime: exposureTime, gain: gain, onFrame: onFrame)
        self.shutter = shutter
        name = "\(options.vendor)-\(sensor.dataSheet.name)-\(sensor.serial.prefix(15))"

        var message = [CChar](repeating: 0, count: 512)
        let pointer = options.address.withCString { address in
            options.vendor.withCString { vendor in
                sensor.dataSheet.name.withCString { model in
                    options.version.withCString { version in
                        sensor.serial.withCString { serial in
                            xml.withCString { text in
                                var description = ca_device_description(
                                    address: address, vendor: vendor, model: model, version: version, serial: serial,
                                    xml: text, xml_size: xml.utf8.count, width: UInt32(mode.width),
                                    height: UInt32(mode.height), pixel_format: value,
                                    period_us: UInt32((1e6 / options.framesPerSecond).rounded()),
                                    exposure_us: exposureTime, gain: gain, lost_share: options.packetLoss,
                                    lost_seed: UInt32(truncatingIfNeeded: options.seed))
                                return ca_device_start(
                                    &description, Self.expose, Unmanaged.passUnretained(shutter).toOpaque(), &message,
                                    message.count)
                            }
                        }
                    }
                }
            }
        }
        guard let pointer else {
            let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw .gigEVision(detail: String(decoding: text, as: UTF8.self))
        }
        device = Mutex(Device(pointer: pointer))
    }

    package var totals: Totals { shutter.totals }

    /// Why frames could not be made, if one could not.
    package var fault: SensorError? { shutter.fault }

    /// Stops to answer; clients see the camera go.
    package func stop() {
        device.withLock { device in
            if let pointer = device?.pointer { ca_device_stop(pointer) }
            device = nil
        }
    }

    deinit { stop() }

    private static let expose: ca_expose = { context, asked, bytes, size in
        guard let context, let asked, let bytes else { return }
        Unmanaged<GigEShutter>.fromOpaque(context).takeUnretainedValue()
            .expose(asked.pointee, into: UnsafeMutableRawBufferPointer(start: bytes, count: size))
    }
}
