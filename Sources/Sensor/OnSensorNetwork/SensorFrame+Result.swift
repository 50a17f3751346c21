import Tensors

extension SensorFrame {
    /// The media type of an answer that a sensor made itself: a result of the schema `fovea.result/1`.
    package static let resultType = "application/vnd.fovea.result+json"

    /// A frame of which only the sensor's own answer leaves it.
    package init(result json: [UInt8]) {
        self.init(file: Self.storage(json), contentType: Self.resultType)
    }

    /// A frame and the sensor's own answer: a form of two parts.
    package init(_ frame: SensorFrame, result json: [UInt8]) {
        var body = Array("--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"sensor-result\"\r\n".utf8)
        body += Array("Content-Type: \(Self.resultType)\r\n\r\n".utf8) + json
        body += Array(
            "\r\n--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"frame\"\r\n".utf8)
        body += Array("Content-Type: \(frame.contentType)\r\n\r\n".utf8)
        withExtendedLifetime(frame.storage) {
            body.append(contentsOf: UnsafeRawBufferPointer(rebasing: frame.storage.bytes[frame.range]))
        }
        body += Array("\r\n--\(Self.boundary)--\r\n".utf8)
        self.init(file: Self.storage(body), contentType: "multipart/form-data; boundary=\(Self.boundary)")
        fields = frame.fields
        settings = frame.settings
    }

    /// Long enough not to occur in samples but on purpose.
    private static let boundary = "fovea-sensor-2f6b1c9e57d04a83b0f4e1"

    private static func storage(_ bytes: [UInt8]) -> ByteStorage {
        bytes.withUnsafeBytes { ByteStorage(copying: $0) }
    }
}
