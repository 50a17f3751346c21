internal import Graph
package import Inference
internal import Synchronization
internal import Tensors
package import Vision

/// A model ready to answer: its manifest, the session that runs it, and what decodes its outputs.
package final class LoadedModel: Sendable {
    package let manifest: ModelManifest
    package let version: String
    package let session: Session
    private let decoder: HeadDecoder
    /// Class indices by label, to check class filters.
    private let classIDs: [String: Int]
    /// Threads that scratch memory is planned for.
    private let width: Int
    /// Seats that no run holds now, so that memory is allocated only when more runs overlap than ever before.
    private let idleSeats = Mutex<[ModelSeat]>([])

    /// Loads the newest version from `directory`, which holds `model.json`.
    ///
    /// - Throws: ``PipelineError/badModel(name:detail:)`` naming what is wrong with the folder.
    package init(directory: String, parallelism width: Int) throws(PipelineError) {
        let name = directory.split(separator: "/").last.map { String($0) } ?? directory
        do {
            let json = try ByteStorage.reading(path: directory + "/model.json", maximumByteCount: 4 << 20)
            manifest = try ModelManifest(json: Array(json.bytes))
            guard manifest.name == name else {
                throw PipelineError.badModel(
                    name: name, detail: "model.json says name '\(manifest.name)', the folder is '\(name)'")
            }
            version = manifest.currentVersion.version
            var options = SessionOptions()
            options.numerics = manifest.currentVersion.numerics == .fast ? .fast : .exact
            session = try Session(path: "\(directory)/\(version)/model.onnx", options: options)
            guard session.sha256 == manifest.currentVersion.sha256 else {
                throw PipelineError.badModel(
                    name: name,
                    detail: "version \(version): model.onnx has SHA-256 \(session.sha256), "
                        + "model.json says \(manifest.currentVersion.sha256)")
            }
            decoder = try HeadDecoder(manifest)
            classIDs = Dictionary(
                manifest.labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            self.width = width
            try checkContract()
            // The first frame then finds everything in place, and a contradiction shows now.
            let seat = try ModelSeat(session, input: manifest.input, parallelism: width)
            idleSeats.withLock { $0.append(seat) }
        } catch let error as PipelineError {
            throw error
        } catch {
            throw .badModel(name: name, detail: "\(error)")
        }
    }

    /// Compares what the manifest promises with what the network has.
    private func checkContract() throws(PipelineError) {
        guard let input = session.inputs.first(where: { $0.name == manifest.input.name }) else {
            throw .badModel(
                name: manifest.name,
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
                name: manifest.name,
                detail: "input '\(input.name)' is \(input.type), model.json says float32\(expected)")
        }
        for output in decoder.expectedOutputs where !session.outputs.contains(where: { $0.name == output.name }) {
            throw .badModel(
                name: manifest.name,
                detail: "model.json names the output '\(output.name)', the network has "
                    + session.outputs.map(\.name).joined(separator: ", "))
        }
    }

    /// Answers for one picture; boxes are in its pixels once it is upright.
    ///
    /// - Throws: `VisionError`, `GraphError`.
    func predict(
        _ content: ModelView.Content, options: DecodingOptions, parallelism: Parallelism, clock: inout StageClock,
        isCancelled: @Sendable () -> Bool
    ) throws -> Predictions {
        let seat =
            try idleSeats.withLock { $0.popLast() }
            ?? ModelSeat(session, input: manifest.input, parallelism: width)
        defer { idleSeats.withLock { $0.append(seat) } }
        let geometry = try clock.measure("prepare") { () throws(VisionError) in
            try seat.prepare(content, parallelism: parallelism, isCancelled: isCancelled)
        }
        let outputs = try clock.measure("inference") { () throws(GraphError) in
            try seat.run(parallelism: parallelism, isCancelled: isCancelled)
        }
        return try clock.measure("postprocess") { () throws(VisionError) in
            try decoder.decode(outputs, geometry: geometry, options: options)
        }
    }

    /// Class indices of labels.
    ///
    /// - Throws: ``PipelineError/unknownClass(name:model:)``.
    func classIDs(of labels: [String]) throws(PipelineError) -> Set<Int> {
        var ids: Set<Int> = []
        for label in labels {
            guard let id = classIDs[label] else { throw .unknownClass(name: label, model: manifest.name) }
            ids.insert(id)
        }
        return ids
    }
}
