import CAravis
import Dispatch
import Imaging
import Synchronization

/// Why a camera could not be opened, or was lost.
struct CameraError: Error, CustomStringConvertible {
    var description: String
}

/// A GigE Vision camera that we open, through libaravis.
struct GigECamera: Sendable {
    /// One frame while its buffer is ours.
    struct Frame {
        /// As the camera counts them, without going round.
        var number: UInt64
        /// Nanoseconds on the camera's clock.
        var timestamp: UInt64
        var content: Content
    }

    enum Content {
        case whole(bytes: UnsafeRawBufferPointer, width: Int, height: Int, format: PixelFormat, rowStride: Int)
        /// Not all of it came.
        case broken(reason: String)
        /// All of it came, and it cannot be used.
        case unusable(reason: String)
    }

    /// Its name, serial number or address, as Aravis knows it.
    var device: String
    /// Bytes of a frame beyond which the camera is refused.
    var frameLimit: Int

    /// What of libaravis is missing on this machine; `nil` when it is all there.
    static var missingLibrary: String? { ca_missing().map { String(cString: $0) } }

    /// Opens the camera and hands over its frames, on a thread of its own, until the task is cancelled.
    ///
    /// - Parameters:
    ///   - onOpen: told what was opened.
    ///   - onFrame: must be quick: what it takes long for is lost at the socket.
    /// - Throws: ``CameraError`` when the camera cannot be opened or does not answer any more.
    func watch(
        onOpen: @escaping @Sendable (String) -> Void, onFrame: @escaping @Sendable (Frame) -> Void
    ) async throws {
        let stop = Stop()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                DispatchQueue(label: "fovea.camera").async {
                    continuation.resume(with: Result { try read(until: stop, onOpen, onFrame) })
                }
            }
        } onCancel: {
            stop.isSet.store(true, ordering: .relaxed)
        }
    }

    private final class Stop: Sendable {
        let isSet = Atomic(false)
    }

    private func read(
        until stop: Stop, _ onOpen: (String) -> Void, _ onFrame: (Frame) -> Void
    ) throws(CameraError) {
        var options = ca_camera_options(
            buffers: 16, socket_bytes: 32 << 20, packet_bytes: 0, payload_limit: frameLimit)
        var facts = ca_camera_facts()
        var message = [CChar](repeating: 0, count: 512)
        guard let camera = ca_camera_start(device, &options, &facts, &message, message.count) else {
            throw CameraError(description: Self.text(message.map { UInt8(bitPattern: $0) }))
        }
        defer { ca_camera_stop(camera) }
        onOpen(Self.describe(facts))
        var numbers = FrameNumbers()
        while !stop.isSet.load(ordering: .relaxed) {
            var frame = ca_frame()
            guard ca_camera_next(camera, 200_000, &frame) else {
                guard ca_camera_is_connected(camera) else { throw CameraError(description: "\(device) is gone") }
                continue
            }
            onFrame(
                Frame(number: numbers.unrolled(frame.id), timestamp: frame.timestamp, content: Self.content(frame)))
            ca_camera_give_back(camera, &frame)
        }
    }

    private static func content(_ frame: ca_frame) -> Content {
        guard frame.status == CA_FRAME_WHOLE, let bytes = frame.bytes else {
            return .broken(reason: frame.reason.map { String(cString: $0) } ?? "the frame is not whole")
        }
        guard let format = PixelFormat(pfncValue: frame.pixel_format) else {
            return .unusable(
                reason: "pixel format 0x\(String(frame.pixel_format, radix: 16)) is neither Bayer nor monochrome")
        }
        let (width, height) = (Int(frame.width), Int(frame.height))
        let row = format.minimumRowStride(width: width)
        let stride = row + Int(frame.row_padding)
        guard width > 0, height > 0, width < 1 << 20, height < 1 << 20, stride * (height - 1) + row <= frame.size else {
            return .unusable(reason: "\(width)x\(height) pixels do not fit \(frame.size) bytes")
        }
        return .whole(
            bytes: UnsafeRawBufferPointer(start: bytes, count: frame.size), width: width, height: height,
            format: format, rowStride: stride)
    }

    private static func describe(_ facts: ca_camera_facts) -> String {
        func text<Field>(_ field: Field) -> String { withUnsafeBytes(of: field) { Self.text(Array($0)) } }
        let format =
            PixelFormat(pfncValue: facts.pixel_format)?.pfncName ?? "0x\(String(facts.pixel_format, radix: 16))"
        return
            "\(text(facts.vendor)) \(text(facts.model)) \(text(facts.serial)): \(facts.width)x\(facts.height) \(format)"
    }

    /// The bytes up to the first zero.
    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
