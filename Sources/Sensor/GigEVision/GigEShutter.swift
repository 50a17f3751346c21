import CAravis
import Imaging
import Synchronization
import Tensors

/// Takes the frames that a GigE Vision client asks for: the sensor's, cut to the client's region.
final class GigEShutter: Sendable {
    private struct Books {
        var totals = GigEDevice.Totals()
        var fault: SensorError?
    }

    private let source: SceneSource
    /// What the device's registers held at first; a client that wrote others overrides the sensor's own settings.
    private let exposureTime: UInt32
    private let gain: UInt32
    private let onFrame: @Sendable (GigEDevice.Totals) -> Void
    private let books = Mutex(Books())

    init(
        source: SceneSource, exposureTime: UInt32, gain: UInt32,
        onFrame: @escaping @Sendable (GigEDevice.Totals) -> Void
    ) {
        self.source = source
        self.exposureTime = exposureTime
        self.gain = gain
        self.onFrame = onFrame
    }

    var totals: GigEDevice.Totals { books.withLock(\.totals) }
    var fault: SensorError? { books.withLock(\.fault) }

    /// Writes the next frame. One that cannot be made is all zeros and counted as such.
    func expose(_ asked: ca_exposure, into bytes: UnsafeMutableRawBufferPointer) {
        let index = totals.taken
        let start = ProcessorTime.ofThisThread
        let result = Result { () throws(SensorError) in try take(index, asked, into: bytes) }
        let time = ProcessorTime.ofThisThread - start
        let totals = books.withLock { books in
            books.totals.taken += 1
            books.totals.makingTime += time
            if case .failure(let error) = result {
                books.totals.failed += 1
                books.fault = books.fault ?? error
            }
            return books.totals
        }
        if case .failure = result { bytes.initializeMemory(as: UInt8.self, repeating: 0) }
        onFrame(totals)
    }

    private func take(
        _ index: UInt64, _ asked: ca_exposure, into bytes: UnsafeMutableRawBufferPointer
    ) throws(SensorError) {
        let isSet = asked.exposure_us != exposureTime || asked.gain != gain
        let control = (
            exposureTime: Double(asked.exposure_us) / 1e6,
            analogGain: Double(asked.gain) / Double(GenICamDescription.gainSteps)
        )
        let frame = try source.frame(index, setting: isSet ? control : nil)
        guard let raw = frame.raw else {
            throw .gigEVision(detail: "recorded files are not sent this way; show a picture or a chart")
        }
        try Self.cut(raw, asked, into: bytes)
    }

    /// Copies the region's rows. Its columns begin and end with whole bytes, as the description tells clients; one that writes
    /// other numbers to the registers gets a fault.
    private static func cut(
        _ raw: RawFrame, _ asked: ca_exposure, into bytes: UnsafeMutableRawBufferPointer
    ) throws(SensorError) {
        let (x, y) = (Int(asked.x), Int(asked.y))
        let (width, height) = (Int(asked.width), Int(asked.height))
        let format = raw.pixelFormat
        let (first, last) = (format.minimumRowStride(width: x), format.minimumRowStride(width: x + width))
        let length = format.minimumRowStride(width: width)
        guard width > 0, height > 0, x + width <= raw.width, y + height <= raw.height, last - first == length,
            length * height <= bytes.count
        else {
            throw .gigEVision(detail: "a client asked for \(width)x\(height) pixels at \(x),\(y)")
        }
        withExtendedLifetime(raw.storage) {
            let samples = raw.sampleBytes
            for row in 0..<height {
                let start = (y + row) * raw.rowStride + first
                UnsafeMutableRawBufferPointer(rebasing: bytes[row * length..<(row + 1) * length])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: samples[start..<start + length]))
            }
        }
    }
}
