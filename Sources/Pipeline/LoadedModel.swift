internal import Graph
package import Inference
internal import ONNX
internal import Tensors
internal import Vision

/// One version of a model, ready to answer.
package final class LoadedModel: Sendable {
    package let name: String
    package let version: String
    package let session: Session
    /// How pictures go in and what comes out; `nil` for a network without a manifest.
    package let vision: VisionModel?
    package let statistics = ModelStatistics()
    let queue: BatchQueue
    let ports: ModelPorts
    /// The part of `config.pbtxt` that clients are shown and nothing here obeys, and that which is obeyed, as written.
    package let parameters: [String: String]
    package let versionPolicy: VersionPolicy

    /// Loads one version from a model's folder.
    ///
    /// - Parameter isMapped: whether the network's file may be mapped, which takes no memory; it must then never be written over.
    /// - Throws: ``PipelineError/badModel(name:detail:)`` naming what is wrong with the folder.
    init(
        _ folder: ModelFolder, version: String, pool: ComputePool, batching: BatchConfiguration,
        precision: Precision? = nil, versionPolicy: VersionPolicy = .latest(1), isMapped: Bool = true
    ) throws(PipelineError) {
        let name = folder.name
        self.name = name
        self.version = version
        self.versionPolicy = versionPolicy
        let configuration = folder.configuration
        parameters = configuration?.parameters ?? [:]
        do {
            var options = SessionOptions()
            let listed = folder.manifest?.versions.first { $0.version == version }
            try folder.checkArithmetic(of: listed)
            options.numerics = configuration?.numerics ?? (listed?.numerics == .fast ? .fast : .exact)
            let network = folder.network(version: version, precision: precision)
            options.precision = network.precision
            session = try Self.session(network.path, options, parallelism: pool.parallelism, isMapped: isMapped)
            ports = try ModelPorts(session, folder: folder)
            vision = folder.manifest.map { VisionModel($0) }
            let runner = NetworkRunner(session, parallelism: pool.width)
            queue = BatchQueue(
                runner, pool: pool, configuration: batching.overridden(by: configuration),
                isBatchable: ports.isBatchable, statistics: statistics)
            if let manifest = folder.manifest {
                try checkDigest(network)
                try checkContract(manifest)
                // The first frame then finds everything in place, and a contradiction shows now.
                try runner.prepare([
                    manifest.input.name: ValueType(.float32, shape: Shape(manifest.input.dimensions(batch: 1)))
                ])
            }
        } catch let error as PipelineError {
            throw error
        } catch SessionError.notQuantized {
            throw .badModel(name: name, detail: "version \(version): " + QuantizedFile.advice(for: name))
        } catch {
            throw .badModel(name: name, detail: "\(error)")
        }
    }

    /// The vision side of the model.
    ///
    /// - Throws: ``PipelineError/badOption(name:detail:)`` for a network that knows nothing of pictures.
    package func requireVision() throws(PipelineError) -> VisionModel {
        guard let vision else {
            throw .badOption(
                name: "model",
                detail: "'\(name)' has no model.json that says what its inputs and outputs mean; it takes tensors only")
        }
        return vision
    }

    /// Answers for one picture on the calling compute thread; boxes are in its pixels once it is upright. Frames are not joined with
    /// others: their networks fill the threads by themselves.
    ///
    /// - Throws: `VisionError`, `GraphError`.
    ///
    /// - Parameter digests: told of what goes into the network and what comes out.
    func predict(
        _ content: ModelView.Content, with vision: VisionModel, options: DecodingOptions, parallelism: Parallelism,
        clock: inout StageClock, digests: StageDigests? = nil, isCancelled: @Sendable () -> Bool
    ) throws -> Predictions {
        try vision.predict(
            content, options: options, parallelism: parallelism, clock: &clock, isCancelled: isCancelled
        ) { inputs in
            let outputs = try queue.runHere(inputs, parallelism: parallelism, isCancelled: isCancelled)
            digests?.note(input: inputs[vision.manifest.input.name], outputs: outputs)
            return outputs
        }
    }

    private static func session(
        _ path: String, _ options: SessionOptions, parallelism: Parallelism, isMapped: Bool
    ) throws -> Session {
        if isMapped { return try Session(path: path, options: options, parallelism: parallelism) }
        let file = try ByteStorage.reading(path: path, maximumByteCount: options.limits.tensorBytes)
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) }
        return try Session(
            ONNXModel(storage: file, directory: directory, limits: options.limits), options: options,
            parallelism: parallelism)
    }

    /// What clients may send: names, types and extents.
    package var inputs: [Session.Port] { ports.inputs }
    /// What clients may ask for.
    package var outputs: [Session.Port] { ports.outputs }
    /// The most rows of one request, as clients are told; 0: there is no axis of rows.
    package var maximumBatchSize: Int { ports.maximumBatchSize ?? batching?.maximumRows ?? 0 }

    /// Labels of an output's classes; empty where nobody named them.
    package func labels(of output: String) -> [String] {
        ports.labels[output] ?? vision?.manifest.labels ?? []
    }

    private func checkDigest(_ network: ModelFolder.Network) throws(PipelineError) {
        guard let expected = network.sha256, session.sha256 != expected else { return }
        let file = network.path.split(separator: "/").last ?? ""
        throw .badModel(
            name: name,
            detail: "version \(version): \(file) has SHA-256 \(session.sha256), model.json says \(expected)")
    }

    /// Compares what the manifest promises with what the network has.
    private func checkContract(_ manifest: ModelManifest) throws(PipelineError) {
        guard let input = inputs.first(where: { $0.name == manifest.input.name }) else {
            throw .badModel(
                name: name,
                detail: "model.json names the input '\(manifest.input.name)', the network has "
                    + session.inputs.map(\.name).joined(separator: ", "))
        }
        let expected = manifest.input.dimensions(batch: 1)
        let agrees =
            input.type.dimensions.map { found in
                found.count == expected.count
                    && zip(found, expected).allSatisfy { $0.fixedExtent == nil || $0.fixedExtent == $1 }
            } ?? true
        guard input.type.dataType == .float32, agrees else {
            throw .badModel(
                name: name, detail: "input '\(input.name)' is \(input.type), model.json says float32\(expected)")
        }
        for output in vision?.expectedOutputs ?? [] where !session.outputs.contains(where: { $0.name == output }) {
            throw .badModel(
                name: name,
                detail: "model.json names the output '\(output)', the network has "
                    + session.outputs.map(\.name).joined(separator: ", "))
        }
    }
}
