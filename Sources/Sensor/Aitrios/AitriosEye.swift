import Aitrios
import Codecs
import Dispatch
import Imaging
import Tensors
import Vision

/// What an AITRIOS device sees: frames of the camera through the network on the sensor, as files to upload.
struct AitriosEye: Sendable {
    /// A frame's answer, as the console wants it.
    struct Sight: Sendable {
        var image: [UInt8]
        var content: InferenceContent
    }

    private let camera: SceneSource
    private let network: OnSensorNetwork
    /// Frames are made on the sensor's own thread: that takes long, and tasks share few.
    private let queue = DispatchQueue(label: "fovea.aitrios")

    init(camera: SceneSource, network: OnSensorNetwork) {
        self.camera = camera
        self.network = network
    }

    var networkName: String { network.name }

    /// Looks at frame `index`.
    func look(
        _ index: UInt64, crop: UploadSettings.Crop?, codec: UploadSettings.Codec
    ) async -> Result<Sight, SensorError> {
        await onQueue { () throws(SensorError) in
            var network = network
            if let crop { network.window = Self.window(crop) }
            let frame = try raw(index)
            let answer = try network.answer(frame, index: index, sha256: "")
            let image = try Self.encode(network.inputPicture(answer), answer.lines.input.bytes, codec)
            return Sight(image: image, content: try Self.content(answer))
        }
    }

    /// The sensor's picture, or a part of it, as JPEG.
    func picture(_ index: UInt64, crop: UploadSettings.Crop?) async -> Result<[UInt8], SensorError> {
        await onQueue { () throws(SensorError) in
            let picture = try network.picture(raw(index), window: crop.map(Self.window) ?? .whole)
            return try Self.encode(picture, [], .jpeg)
        }
    }

    private func raw(_ index: UInt64) throws(SensorError) -> RawFrame {
        guard let raw = try camera.frame(index).raw else {
            throw .badNetwork(
                name: network.name, detail: "the scene's files are sent as they are; the sensor sees no samples")
        }
        return raw
    }

    private func onQueue<Value: Sendable>(
        _ work: @escaping @Sendable () throws(SensorError) -> Value
    ) async -> Result<Value, SensorError> {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result { () throws(SensorError) in try work() }) }
        }
    }

    private static func window(_ crop: UploadSettings.Crop) -> SensorWindow {
        .pixels(PixelRect(x: crop.left, y: crop.top, width: crop.width, height: crop.height))
    }

    private static func encode(
        _ picture: Picture, _ planes: [UInt8], _ codec: UploadSettings.Codec
    ) throws(SensorError) -> [UInt8] {
        switch codec {
        case .raw: return planes
        case .bmp: return bitmap(picture)
        case .jpeg:
            do { return try ImageEncoder.encodeJPEG(picture, quality: 80) } catch {
                throw .badOption(name: "image", detail: error.description)
            }
        }
    }

    /// A Windows bitmap of 24 bits a pixel, rows from the bottom up, each of whole words.
    private static func bitmap(_ picture: Picture) -> [UInt8] {
        let stride = (3 * picture.width + 3) / 4 * 4
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let header = 54
        var bytes = Array("BM".utf8) + word(header + stride * picture.height) + word(0) + word(header)
        bytes += word(40) + word(picture.width) + word(picture.height) + [1, 0, 24, 0] + word(0)
        bytes += word(stride * picture.height) + word(2835) + word(2835) + word(0) + word(0)
        for y in (0..<picture.height).reversed() {
            let row = picture.row(y).assumingMemoryBound(to: UInt8.self)
            for x in 0..<picture.width { bytes += [row[3 * x + 2], row[3 * x + 1], row[3 * x]] }
            bytes += [UInt8](repeating: 0, count: stride - 3 * picture.width)
        }
        return bytes
    }

    /// Boxes go out in pixels of the network's input.
    private static func content(_ answer: OnSensorNetwork.Answer) throws(SensorError) -> InferenceContent {
        let result = answer.result
        if let detections = result.detections {
            let (height, width) = (answer.lines.input.dimensions[1], answer.lines.input.dimensions[2])
            let window = answer.window
            func place(_ value: Float, _ start: Int, _ extent: Int, _ size: Int) -> Int32 {
                Int32(((value - Float(start)) * Float(size) / Float(extent)).rounded())
            }
            return .objects(
                detections.map { detection in
                    InferenceContent.Object(
                        classID: UInt32(max(0, detection.classID)),
                        left: place(detection.box[0], window.x, window.width, width),
                        top: place(detection.box[1], window.y, window.height, height),
                        right: place(detection.box[2], window.x, window.width, width),
                        bottom: place(detection.box[3], window.y, window.height, height), score: detection.score)
                })
        }
        if let classifications = result.classifications {
            return .classes(
                classifications.map { InferenceContent.Class(classID: UInt32(max(0, $0.classID)), score: $0.score) })
        }
        throw .badNetwork(
            name: result.model.name,
            detail: "AITRIOS devices upload detections and classifications, not \(result.model.task)")
    }
}
