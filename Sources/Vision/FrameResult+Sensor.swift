internal import StrictJSON

extension FrameResult {
    /// The largest answer taken from a sensor, bytes.
    package static let sensorByteLimit = 4 << 20
    /// The most detections or classes taken from a sensor.
    package static let sensorCountLimit = 10_000

    /// Reads an answer that a sensor made itself, in this schema. Keys that are not known are passed over: the sensor may be
    /// newer than the service.
    ///
    /// - Throws: ``VisionError/badSensorAnswer(detail:)`` naming the field at fault.
    package init(sensorJSON bytes: UnsafeRawBufferPointer) throws(VisionError) {
        do throws(JSONError) {
            self = try JSONDocument.decode(from: bytes, byteLimit: Self.sensorByteLimit)
        } catch {
            throw .badSensorAnswer(detail: "\(error)")
        }
        guard schema == Self.schemaName else {
            throw .badSensorAnswer(detail: "schema is \"\(schema.prefix(64))\", not \"\(Self.schemaName)\"")
        }
        guard (1...1 << 20).contains(frame.width), (1...1 << 20).contains(frame.height) else {
            throw .badSensorAnswer(detail: "frame: \(frame.width)×\(frame.height) pixels")
        }
        guard detections != nil || classifications != nil || segmentation != nil else {
            throw .badSensorAnswer(detail: "there are no detections, classifications or segmentation")
        }
        let counts = [detections?.count ?? 0, classifications?.count ?? 0]
        guard counts.allSatisfy({ $0 <= Self.sensorCountLimit }) else {
            throw .badSensorAnswer(detail: "\(counts.max() ?? 0) entries, the limit is \(Self.sensorCountLimit)")
        }
        for (index, detection) in (detections ?? []).enumerated() {
            guard detection.box.count == 4, detection.normalizedBox.count == 4,
                (detection.box + detection.normalizedBox + [detection.score]).allSatisfy(\.isFinite)
            else {
                throw .badSensorAnswer(detail: "detections[\(index)]: a box has four finite numbers, a score is one")
            }
        }
        origin = .sensor
    }
}
