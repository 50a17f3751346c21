import Logging
import Pipeline
import Vision

/// Answers Frigate's `zmq` detector: pictures in, twenty rows of detections out, on the queue that all clients share.
struct FrigateListener: Sendable {
    let address: String
    let state: ServiceState
    let logger: Logger

    private var configuration: FrigateConfiguration { state.configuration.frigate }

    /// Listens until the task is cancelled, then until what it took in is answered.
    ///
    /// - Throws: ``ZeroMQError`` when the address cannot be listened on.
    func run() async throws {
        let listener = ZeroMQListener()
        try await listener.run(address, frameLimit: state.reader.limit) { address in
            logger.notice("Frigate's detector on \(address)")
        } onMessage: { client, frames in
            // The frames are the listener's own after this call: what is needed of them is taken now.
            let request = Result { () throws(Problem) in try FrigateRequest(frames, reader: state.reader) }
            state.background.start { listener.answer(client, with: await answer(request)) }
        }
    }

    private func answer(_ request: Result<FrigateRequest, Problem>) async -> [[UInt8]] {
        do {
            switch try request.get() {
            case .availability(let model): return FrigateAnswer.availability(isAvailable(model))
            case .upload: return FrigateAnswer.uploadRefused
            case .detection(let tensor): return FrigateAnswer.detections(try await inTime { try await detect(tensor) })
            }
        } catch {
            let problem = Problem(error)
            state.metrics.dropped(DropReason(problem), sensor: nil)
            if let internalDetail = problem.internalDetail {
                logger.error("problem", metadata: ["error": "\(internalDetail)"])
            }
            return FrigateAnswer.failure(problem.detail)
        }
    }

    /// Frigate's name of a model is its file's, `yolov9-t.onnx`.
    private func isAvailable(_ name: String) -> Bool {
        let detectors = state.analyzer.models.filter { $0.task == "detection" }
        if let model = configuration.model { return detectors.contains { $0.name == model } }
        let file = name.split(separator: "/").last.map(String.init) ?? name
        let stem = file.hasSuffix(".onnx") ? String(file.dropLast(5)) : file
        return detectors.contains { $0.isDefault && $0.name == stem }
    }

    private func detect(_ tensor: FrigateTensor) async throws -> FrameResult {
        let file = try await state.pipeline?.pool.run(isUrgent: true) { try tensor.file() } ?? tensor.file()
        let options = try RequestOptions([(.model, configuration.model), (.maximumDetections, "\(FrigateAnswer.rows)")])
        let frame = FrameRequest(FrameInput(bytes: file, contentType: "image/tiff"), options)
        return try await state.answer(frame, key: nil)
    }

    /// - Throws: ``PipelineError/deadlineExceeded(milliseconds:)`` when the time is over; the work is then given up.
    private func inTime(_ work: @escaping @Sendable () async throws -> FrameResult) async throws -> FrameResult {
        try await withThrowingTaskGroup(of: FrameResult?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: configuration.timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw PipelineError.deadlineExceeded(milliseconds: Int(configuration.timeout / .milliseconds(1)))
            }
            return result
        }
    }
}
