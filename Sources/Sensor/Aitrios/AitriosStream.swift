import Aitrios
import FoundationEssentials

/// One run of uploads, from a start to its stop: frame after frame through the network, files to where they are wanted.
struct AitriosStream: Sendable {
    let eye: AitriosEye
    let uploader: AitriosUploader
    let settings: UploadSettings
    let modelID: String
    let deviceID: String
    let framesPerSecond: Double
    let firstFrame: UInt64
    let steps: AsyncStream<AitriosDevice.Step>.Continuation

    /// Until it is cancelled, the iterations are done, or a frame cannot be made. A frame whose time has passed while the one
    /// before was uploaded is skipped, as on the device.
    func run() async {
        let clock = ContinuousClock()
        let start = clock.now
        let period = Double(settings.interval) / framesPerSecond
        var pending: [InferenceUpload.Inference] = []
        var lastTime = UploadTime(milliseconds: 0)
        var slot = 0
        var taken = 0
        while !Task.isCancelled {
            let index = firstFrame + UInt64(slot * settings.interval)
            switch await eye.look(index, crop: settings.crop, codec: settings.codec) {
            case .failure(let error):
                steps.yield(.streamFailed(error))
                steps.yield(.streamEnded)
                return
            case .success(let sight):
                steps.yield(.frame)
                // The time names the files: it must differ.
                lastTime = UploadTime(
                    milliseconds: max(lastTime.milliseconds + 1, Int64(Date().timeIntervalSince1970 * 1000)))
                if let images = settings.images { await upload(sight.image, lastTime, to: images) }
                pending.append(InferenceUpload.Inference(time: lastTime, content: sight.content))
            }
            taken += 1
            let isLast = settings.iterations > 0 && taken >= settings.iterations
            if pending.count >= settings.resultsPerUpload || isLast {
                await send(pending)
                pending = []
            }
            if isLast { break }
            slot = max(slot + 1, Int((start.duration(to: clock.now) / .seconds(1)) / period))
            try? await clock.sleep(until: start.advanced(by: .seconds(Double(slot) * period)), tolerance: nil)
        }
        if !pending.isEmpty { await send(pending) }
        if !Task.isCancelled { steps.yield(.streamEnded) }
    }

    private func upload(_ image: [UInt8], _ time: UploadTime, to images: UploadSettings.Destination) async {
        let contentType =
            switch settings.codec {
            case .raw: "application/octet-stream"
            case .jpeg: "image/jpg"
            case .bmp: "image/bmp"
            }
        await put(image, .image, contentType, "\(time).\(settings.codec.fileEnding)", to: images)
    }

    /// What was begun is finished, also when the stream is stopped meanwhile.
    private func put(
        _ bytes: [UInt8], _ kind: AitriosUpload.Kind, _ contentType: String, _ file: String,
        to destination: UploadSettings.Destination
    ) async {
        let uploader = uploader
        let upload = Task {
            await uploader.put(bytes, kind: kind, contentType: contentType, file: file, to: destination)
        }
        steps.yield(.upload(await upload.value))
    }

    private func send(_ inferences: [InferenceUpload.Inference]) async {
        guard let first = inferences.first else { return }
        let file = InferenceUpload(
            modelID: modelID, deviceID: deviceID, hasImage: settings.images != nil, inferences: inferences
        ).json(settings.format)
        if settings.sendsTelemetry { steps.yield(.telemetry(file)) }
        guard let results = settings.results else { return }
        await put(file, .results, "text/plain", "\(first.time).txt", to: results)
    }
}
