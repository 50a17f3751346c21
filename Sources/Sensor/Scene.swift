import Codecs
import Imaging
import Synchronization
package import Tensors

/// What sensors look at: files in turn, over and over, or a chart. Sensors of one kind share it.
package final class Scene: Sendable {
    package enum Subject: Sendable, Equatable {
        case files(SceneFiles)
        case chart(Chart)

        /// `chart:NAME`, or a path.
        package init(_ text: String) throws(SensorError) {
            guard text.hasPrefix("chart:") else {
                self = .files(try SceneFiles(path: text))
                return
            }
            guard let chart = Chart(rawValue: String(text.dropFirst(6))) else {
                let known = Chart.allCases.map { "chart:\($0.rawValue)" }.joined(separator: ", ")
                throw .badScene(path: text, detail: "is no chart; there are \(known)")
            }
            self = .chart(chart)
        }
    }

    /// What there is to see at one frame's time.
    enum Content: Sendable {
        case light(PreparedScene)
        /// A recorded frame, sent as it is.
        case recording(SensorFrame)

        var byteCount: Int {
            switch self {
            case .light(let scene): scene.byteCount
            case .recording(let frame): frame.storage.byteCount
            }
        }
    }

    package let subject: Subject
    private let kind: EmulatedSensor
    private let options: SceneOptions
    private let parallelism: Parallelism
    private let cacheLimit: Int
    private let cache = Mutex(Cache())

    private struct Cache {
        var contents: [UInt64: Content] = [:]
        /// Keys in the order they came.
        var order: [UInt64] = []
        var byteCount = 0
    }

    /// Frames of a moving chart that are kept for other sensors.
    private static let keptFrames = 4

    /// Prepares the first frame, so that what is wrong with it is known at once.
    ///
    /// - Parameters:
    ///   - sensor: one of the kind that will look.
    ///   - cacheLimit: bytes of prepared files to keep; files beyond that are prepared anew each time round.
    package init(
        _ subject: Subject, for sensor: EmulatedSensor, options: SceneOptions = SceneOptions(),
        parallelism: Parallelism = .serial, cacheLimit: Int = 1 << 30
    ) throws(SensorError) {
        self.subject = subject
        kind = sensor
        self.options = options
        self.parallelism = parallelism
        self.cacheLimit = cacheLimit
        _ = try content(0)
    }

    /// What there is to see at the time of frame `index`.
    func content(_ index: UInt64) throws(SensorError) -> Content {
        let key =
            switch subject {
            case .files(let files): index % UInt64(files.entries.count)
            case .chart(let chart): chart.moves ? index : 0
            }
        if let content = cache.withLock({ $0.contents[key] }) { return content }
        let content: Content
        switch subject {
        case .files(let files): content = try load(files.entries[Int(key)])
        case .chart(let chart):
            let (width, height) = (kind.mode.width, kind.mode.height)
            content = .light(
                try kind.prepare(options: options, parallelism: parallelism) {
                    let light = ChartLight(chart, width: width, height: height, frame: key)
                    return { light.fill(&$0, row: $1) }
                })
        }
        cache.withLock { keep(content, key, in: &$0) }
        return content
    }

    private func keep(_ content: Content, _ key: UInt64, in cache: inout Cache) {
        guard cache.contents[key] == nil else { return }
        if case .chart(let chart) = subject, chart.moves, cache.order.count >= Self.keptFrames {
            let oldest = cache.order.removeFirst()
            cache.byteCount -= cache.contents.removeValue(forKey: oldest)?.byteCount ?? 0
        }
        guard cache.byteCount + content.byteCount <= cacheLimit else { return }
        cache.contents[key] = content
        cache.order.append(key)
        cache.byteCount += content.byteCount
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
                    return .light(
                        try kind.prepare(
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
