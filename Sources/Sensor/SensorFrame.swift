import Codecs
package import Imaging
package import Tensors

/// A frame as it goes over the wire: bytes, and the fields that say what they are.
package struct SensorFrame: Sendable {
    package var contentType: String
    /// Header fields beside the content type, without sequence number and time.
    package var fields: [(name: String, value: String)]
    package var storage: ByteStorage
    /// The bytes of `storage` that are the frame.
    package var range: Range<Int>
    /// The frame as samples, unless it is a file.
    package var raw: RawFrame?
    /// What an emulated sensor took it with.
    package var settings: ExposureSettings?
    /// SHA-256 of the bytes as the sensor made them, sent so that damage on the way is found.
    package var digest: [UInt8]?

    /// Bare samples with their description: `application/octet-stream` and `Fovea-…` fields.
    package init(_ frame: RawFrame, settings: ExposureSettings? = nil) {
        raw = frame
        self.settings = settings
        contentType = "application/octet-stream"
        storage = frame.storage
        range = frame.byteOffset..<frame.byteOffset + frame.sampleBytes.count
        let black = frame.blackLevel
        fields = [
            ("Fovea-Width", "\(frame.width)"),
            ("Fovea-Height", "\(frame.height)"),
            ("Fovea-Pixel-Format", frame.pixelFormat.name),
            ("Fovea-Row-Stride", "\(frame.rowStride)"),
            ("Fovea-Black-Level", Self.list(Set(black).count == 1 ? [black[0]] : black)),
            ("Fovea-White-Level", Self.list([frame.whiteLevel])),
            ("Fovea-Orientation", "\(frame.orientation.rawValue)"),
        ]
        if let gains = frame.whiteBalanceGains {
            fields.append(("Fovea-White-Balance", Self.list([gains.x, gains.y, gains.z])))
        }
        if let matrix = frame.cameraToSRGB {
            fields.append(("Fovea-Camera-To-SRGB", Self.list(matrix.coefficients)))
        }
    }

    /// A file that describes itself, sent as it is.
    package init(file: ByteStorage, contentType: String) {
        self.contentType = contentType
        fields = []
        storage = file
        range = 0..<file.byteCount
    }

    /// SHA-256 of the bytes as they are now.
    func computedDigest() -> [UInt8] {
        var hash = SHA256()
        withExtendedLifetime(storage) { hash.update(UnsafeRawBufferPointer(rebasing: storage.bytes[range])) }
        return hash.finalize()
    }

    /// Numbers separated by commas, whole ones without a fraction.
    private static func list(_ numbers: [Double]) -> String {
        numbers.map { Int(exactly: $0).map { "\($0)" } ?? "\($0)" }.joined(separator: ",")
    }
}
