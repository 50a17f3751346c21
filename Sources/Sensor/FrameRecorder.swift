import Codecs
import Imaging
import Tensors

/// Writes a sensor's frames to a folder, one after another: `NAME-000000.dng`, or bare samples and a side file.
package struct FrameRecorder: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        /// DNG with exposure, gain, serial number and noise.
        case dng
        /// Samples as the sensor packs them, with the description that Fovea reads back.
        case raw
    }

    package let folder: String
    package let name: String
    package let format: Format
    private let sensor: EmulatedSensor

    /// - Throws: `file` when the folder cannot be made.
    package init(folder: String, name: String, format: Format, sensor: EmulatedSensor) throws(SensorError) {
        self.folder = folder
        self.name = name
        self.format = format
        self.sensor = sensor
        do { try FileWriting.makeDirectory(folder) } catch { throw .file(error) }
    }

    /// The file of frame `index`, without folder and ending.
    package static func stem(_ name: String, _ index: UInt64) -> String {
        let digits = "\(index)"
        return "\(name)-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)"
    }

    /// - Returns: the path written.
    package func write(_ frame: SensorFrame, index: UInt64) throws(SensorError) -> String {
        let path = "\(folder)/\(Self.stem(name, index))"
        do {
            guard let raw = frame.raw else {
                // A recording that is a file already.
                let bytes = frame.storage
                try withExtendedLifetime(bytes) {
                    try FileWriting.write(UnsafeRawBufferPointer(rebasing: bytes.bytes[frame.range]), to: path + ".dng")
                }
                return path + ".dng"
            }
            switch format {
            case .dng:
                let bytes = try DNGEncoder.encode(
                    raw, cameraModel: "Fovea \(sensor.dataSheet.name)", capture: capture(frame.settings))
                try FileWriting.write(bytes, to: path + ".dng")
                return path + ".dng"
            case .raw:
                let bytes = frame.storage
                try withExtendedLifetime(bytes) {
                    try FileWriting.write(UnsafeRawBufferPointer(rebasing: bytes.bytes[frame.range]), to: path + ".raw")
                }
                try FileWriting.write(Self.description(of: raw).encodeJSON(), to: path + ".json")
                return path + ".raw"
            }
        } catch let error as SensorError {
            throw error
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .badScene(path: path, detail: "\(error)")
        }
    }

    private static func description(of frame: RawFrame) -> RawDescription {
        var description = RawDescription()
        description.width = frame.width
        description.height = frame.height
        description.pixelFormat = frame.pixelFormat
        description.rowStride = frame.rowStride
        description.blackLevel = frame.blackLevel
        description.whiteLevel = frame.whiteLevel
        description.whiteBalanceGains = frame.whiteBalanceGains
        description.cameraToSRGB = frame.cameraToSRGB
        description.orientation = frame.orientation
        description.sequence = frame.sequence
        description.timestamp = frame.timestamp
        return description
    }

    /// ISO 100 is a gain of 1; the noise is the data sheet's at this gain.
    private func capture(_ settings: ExposureSettings?) -> DNGCapture? {
        guard let settings else { return nil }
        var capture = DNGCapture()
        capture.serialNumber = sensor.serial
        capture.exposureTime = settings.exposureTime
        capture.fNumber = sensor.dataSheet.lens.fNumber
        capture.isoSpeed = Int((settings.analogGain * 100).rounded())
        let range = Double(sensor.mode.pixelFormat.maximumSample) - sensor.mode.blackLevel
        let gain = sensor.electronGain(settings.analogGain)
        let read = sensor.dataSheet.readNoise * Double(sensor.mode.binning) * gain
        capture.noiseProfile = (gain / range, (read * read + 1 / 12) / (range * range))
        return capture
    }
}
