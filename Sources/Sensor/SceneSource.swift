import Codecs
import Imaging
import Synchronization
package import Tensors

/// Frames of a sensor that looks at the files of a scene in turn, over and over: pictures through the emulated sensor,
/// recorded frames as they are.
package final class SceneSource: FrameSource {
    package let sensor: EmulatedSensor
    package let files: SceneFiles
    private let options: SceneOptions
    private let parallelism: Parallelism
    private let cacheLimit: Int
    private let cache = Mutex(Cache())

    private enum Content: Sendable {
        case scene(PreparedScene)
        case recording(SensorFrame)

        var byteCount: Int {
            switch self {
            case .scene(let scene): scene.byteCount
            case .recording(let frame): frame.storage.byteCount
            }
        }
    }

    private struct Cache {
        var contents: [Int: Content] = [:]
        var byteCount = 0
    }

    /// Prepares the first file, so that what is wrong with it is known at once.
    ///
    /// - Parameter cacheLimit: bytes of prepared files to keep; files beyond that are prepared anew each time round.
    package init(
        files: SceneFiles, sensor: EmulatedSensor, options: SceneOptions = SceneOptions(),
        parallelism: Parallelism = .serial, cacheLimit: Int = 1 << 30
    ) throws(SensorError) {
        precondition(!files.entries.isEmpty)
        self.files = files
        self.sensor = sensor
        self.options = options
        self.parallelism = parallelism
        self.cacheLimit = cacheLimit
        _ = try content(0)
    }

    package func frame(_ index: UInt64) throws(SensorError) -> SensorFrame {
        switch try content(Int(index % UInt64(files.entries.count))) {
        case .scene(let scene): SensorFrame(sensor.frame(index: index, of: scene, parallelism: parallelism))
        case .recording(let frame): frame
        }
    }

    private func content(_ index: Int) throws(SensorError) -> Content {
        if let content = cache.withLock({ $0.contents[index] }) { return content }
        let content = try load(files.entries[index])
        cache.withLock { cache in
            guard cache.contents[index] == nil, cache.byteCount + content.byteCount <= cacheLimit else { return }
            cache.contents[index] = content
            cache.byteCount += content.byteCount
        }
        return content
    }

    private func load(_ entry: SceneFiles.Entry) throws(SensorError) -> Content {
        do {
            let bytes = try ByteStorage.reading(
                path: entry.path, maximumByteCount: DecodeLimits.standard.maximumByteCount)
            switch entry.role {
            case .selfDescribed:
                return .recording(SensorFrame(file: bytes, contentType: "image/x-adobe-dng"))
            case .described(let sideFile):
                let json = try ByteStorage.reading(path: sideFile, maximumByteCount: 1 << 20)
                let description = try withExtendedLifetime(json) { try RawDescription(json: json.bytes) }
                switch try ImageDecoder.decode(bytes, description: description) {
                case .raw(let frame): return .recording(SensorFrame(frame))
                case .picture:
                    throw SensorError.badScene(path: sideFile, detail: "pixelFormat: is missing")
                }
            case .picture:
                switch try ImageDecoder.decode(bytes) {
                case .raw: throw SensorError.badScene(path: entry.path, detail: "is a raw frame, not a picture")
                case .picture(let picture, let orientation):
                    return .scene(
                        try sensor.prepare(
                            picture, orientation: orientation, options: options, parallelism: parallelism))
                }
            }
        } catch let error as SensorError {
            throw error
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .badScene(path: entry.path, detail: "\(error)")
        }
    }
}
