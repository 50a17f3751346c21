import Codecs
import Imaging
import StrictJSON
import Tensors

/// One message of Frigate's `zmq` detector: a JSON header, and behind it a tensor or a model's file.
enum FrigateRequest: Sendable {
    /// Whether a model is there.
    case availability(model: String)
    /// A model's file.
    case upload
    case detection(FrigateTensor)

    /// - Throws: ``Problem`` naming what is wrong with the message.
    init(_ frames: [UnsafeRawBufferPointer], reader: BodyReader) throws(Problem) {
        guard let header = frames.first, header.count <= 64 << 10 else {
            throw .malformed("a message is a JSON header of at most 64 KiB, and what belongs to it")
        }
        let json: JSONValue
        do { json = try JSONValue(parsing: Array(header), byteLimit: 64 << 10) } catch {
            throw .malformed("the header is not JSON: \(error)", field: "header")
        }
        if json["model_request"] == .bool(true) {
            self = .availability(model: json["model_name"]?.string ?? "")
        } else if json["model_data"] == .bool(true) {
            self = .upload
        } else {
            guard frames.count == 2 else {
                throw .malformed("a tensor comes in one frame behind its header, not in \(frames.count - 1)")
            }
            self = .detection(
                try FrigateTensor(json, byteCount: frames[1].count) { () throws(Problem) in
                    try reader.copied(frames[1])
                })
        }
    }
}

/// The picture that Frigate wants looked at, as the tensor that it made for a network of its own.
struct FrigateTensor: Sendable {
    private enum Element: String, CaseIterable { case uint8, float32 }

    private let element: Element
    private let width: Int
    private let height: Int
    private let channels: Int
    /// Whether each channel is a plane of its own.
    private let isPlanar: Bool
    private let storage: ByteStorage

    /// - Parameter bytes: makes the tensor's storage once its size is known to be right.
    fileprivate init(
        _ header: JSONValue, byteCount: Int, bytes: () throws(Problem) -> ByteStorage
    ) throws(Problem) {
        let name = header["dtype"]?.string ?? ""
        guard let element = Element(rawValue: name) else {
            throw .malformed("dtype '\(name.prefix(32))' is none of uint8, float32", field: "dtype")
        }
        self.element = element
        guard case .array(let elements)? = header["shape"], (3...4).contains(elements.count) else {
            throw .malformed("shape is not the 3 or 4 extents of a picture", field: "shape")
        }
        var extents: [Int] = []
        for extent in elements {
            guard case .number(let number) = extent, let value = Int(exactly: number.double),
                (1...65_535).contains(value)
            else {
                throw .malformed("shape has an extent that is not 1…65535", field: "shape")
            }
            extents.append(value)
        }
        if extents.count == 4 {
            guard extents.removeFirst() == 1 else { throw .malformed("one picture at a time", field: "shape") }
        }
        isPlanar = [1, 3].contains(extents[0]) && ![1, 3].contains(extents[2])
        (height, width, channels) =
            isPlanar ? (extents[1], extents[2], extents[0]) : (extents[0], extents[1], extents[2])
        guard channels == 1 || channels == 3 else {
            throw .malformed("\(channels) channels; a picture has 1 or 3", field: "shape")
        }
        let expected = width * height * channels * (element == .uint8 ? 1 : 4)
        guard byteCount == expected else {
            throw .malformed("\(byteCount) bytes, the shape \(extents) of \(name) has \(expected)", field: "shape")
        }
        storage = try bytes()
    }

    /// The picture as a file that can be decoded, kept and looked at. Floats are 0…1, or 0…255 where one is above 1.
    func file() throws(CodecError) -> ByteStorage {
        let picture = Picture(width: width, height: height, format: channels == 1 ? .gray8 : .rgb8)
        let area = width * height
        let target = picture.storage.mutableBytes
        let value: (Int) -> UInt8
        switch element {
        case .uint8:
            let bytes = storage.bytes
            value = { bytes[$0] }
        case .float32:
            let floats = storage.bytes.assumingMemoryBound(to: Float.self)
            let scale: Float = floats.contains { $0 > 1 } ? 1 : 255
            value = { index in
                let scaled = (floats[index] * scale).rounded()
                return scaled >= 255 ? 255 : scaled > 0 ? UInt8(scaled) : 0
            }
        }
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<channels {
                    let pixel = y * width + x
                    target[y * picture.rowStride + x * channels + channel] = value(
                        isPlanar ? channel * area + pixel : pixel * channels + channel)
                }
            }
        }
        let encoded = try TIFFEncoder.encode(picture)
        return encoded.withUnsafeBytes { ByteStorage(copying: $0) }
    }
}
