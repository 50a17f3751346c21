internal import Codecs
internal import Graph
internal import Inference
internal import Tensors
internal import Vision

extension FramePipeline {
    /// Runs the model that a request names on its tensors.
    ///
    /// - Throws: ``PipelineError/unknownModel(name:known:)``, and what ``infer(_:by:)`` throws.
    package func infer(_ request: TensorRequest) async throws -> TensorAnswer {
        try await infer(request, by: library.model(named: request.model, version: request.version))
    }

    /// Runs a model on tensors: admits the request or refuses at once, then runs it, alone or joined with others.
    /// Cancelling the task gives the request up.
    ///
    /// - Parameter model: the one that the request was read for. It answers also when it has left the library meanwhile.
    /// - Throws: `GraphError` for tensors that do not fit the model, ``PipelineError``, and for pictures `CodecError`,
    ///   `ISPError` and `VisionError`.
    package func infer(_ request: TensorRequest, by model: LoadedModel) async throws -> TensorAnswer {
        let arrival = StageClock.now()
        let names = try Self.outputNames(request, of: model)
        try Self.checkInputs(request, of: model)
        guard admit() else {
            throw PipelineError.overloaded(queueLimit: configuration.queueLimit, retryAfter: 1)
        }
        defer { leave() }
        let longest = UInt64(configuration.deadlineMilliseconds) * 1_000_000
        let wanted = request.timeoutMicroseconds.map { UInt64(max(0, $0)).multipliedReportingOverflow(by: 1000) }
        let deadline = arrival + min(longest, wanted.map { $0.overflow ? longest : $0.partialValue } ?? longest)
        let inputs = try await tensors(of: request, for: model, deadline: deadline)
        let answer = try await model.queue.run(
            inputs, priority: max(1, request.priority), arrival: arrival, deadline: deadline)
        return TensorAnswer(
            model: model, outputs: names.compactMap { name in answer.outputs[name].map { (name, $0) } })
    }

    private static func outputNames(_ request: TensorRequest, of model: LoadedModel) throws(PipelineError) -> [String] {
        let known = model.outputs.map(\.name)
        guard let names = request.outputs else { return known }
        for name in names where !known.contains(name) {
            throw .badOption(
                name: "outputs",
                detail: "model '\(model.name)' has no output '\(name)'; it has: "
                    + known.joined(separator: ", "))
        }
        return names
    }

    /// Compares names, types and extents with what the model declares.
    private static func checkInputs(_ request: TensorRequest, of model: LoadedModel) throws(GraphError) {
        let ports = model.inputs
        for name in request.inputs.keys.sorted() where !ports.contains(where: { $0.name == name }) {
            throw .badInput(
                name: name, expected: "one of \(ports.map(\.name))", found: "a name that model '\(model.name)' lacks")
        }
        for port in ports {
            switch request.inputs[port.name] {
            case nil: throw .badInput(name: port.name, expected: "\(port.type)", found: "nothing")
            case .pictures(let frames): try checkRows(frames.count, port, of: model)
            case .tensor(let tensor):
                let extents = tensor.shape.dimensions
                let fits =
                    port.type.dimensions.map { declared in
                        declared.count == extents.count
                            && zip(declared, extents).allSatisfy { $0.fixedExtent ?? $1 == $1 }
                    } ?? true
                guard tensor.dataType == port.type.dataType, fits else {
                    throw .badInput(name: port.name, expected: "\(port.type)", found: "\(tensor)")
                }
                try checkRows(extents.first ?? 1, port, of: model)
            }
        }
    }

    private static func checkRows(_ rows: Int, _ port: Session.Port, of model: LoadedModel) throws(GraphError) {
        guard let limit = model.ports.maximumBatchSize, limit > 0, rows > limit else { return }
        throw .badInput(
            name: port.name, expected: "at most \(limit) rows, the max_batch_size of model '\(model.name)'",
            found: "\(rows)")
    }

    private func tensors(
        of request: TensorRequest, for model: LoadedModel, deadline: UInt64
    ) async throws -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (name, input) in request.inputs {
            switch input {
            case .tensor(let tensor): tensors[name] = tensor
            case .pictures(let frames):
                let vision = try model.requireVision()
                guard vision.manifest.input.name == name else {
                    throw PipelineError.badOption(
                        name: name, detail: "pictures go into '\(vision.manifest.input.name)' only")
                }
                var options = AnalysisOptions()
                options.model = model.name
                let resolved = try ResolvedOptions(options, model: model, pipeline: self)
                tensors[name] = try await pool.run { [self] in
                    try batch(frames, options: resolved, deadline: deadline)
                }
            }
        }
        return tensors
    }

    /// Pictures as the rows of one input tensor.
    private func batch(_ frames: [FrameInput], options: ResolvedOptions, deadline: UInt64) throws -> Tensor {
        let mustStop = { @Sendable in StageClock.now() > deadline }
        let input = options.main.vision.manifest.input
        let tensor = Tensor(dataType: .float32, shape: Shape(input.dimensions(batch: frames.count)), zeroed: false)
        for (item, frame) in frames.enumerated() {
            if mustStop() { throw PipelineError.deadlineExceeded(milliseconds: configuration.deadlineMilliseconds) }
            let reservation = PixelBudget.Reservation(pixelBudget)
            defer { reservation.release() }
            let limits = configuration.limits.admitting(reservation, of: pixelBudget, unless: mustStop)
            var clock = StageClock()
            let view = try ModelView(
                frame, network: input, developer: options.developer, limits: limits, pool: pool, clock: &clock,
                isCancelled: mustStop)
            try view.content.prepare(
                by: view.content.preparation(for: input), into: tensor, item: item, parallelism: pool.parallelism,
                isCancelled: mustStop)
        }
        return tensor
    }
}
