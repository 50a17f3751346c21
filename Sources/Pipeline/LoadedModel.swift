package import Inference
internal import Synchronization
package import Tensors
package import Vision

/// A model ready to answer: its manifest, the session that runs it, and what decodes its outputs.
package final class LoadedModel: Sendable {
    package let manifest: ModelManifest
    package let version: String
    package let session: Session
    package let head: Head
    /// Labels by class index, to check class filters.
    private let classIDs: [String: Int]
    /// Contexts that no run holds now, so that buffers are allocated only when more runs overlap than before.
    private let idleContexts = Mutex<[ExecutionContext]>([])

    /// Loads the newest version from `directory`, which holds `model.json`.
    ///
    /// - Throws: ``PipelineError/badModel(name:detail:)`` naming what is wrong with the folder.
    package init(directory: String) throws(PipelineError) {
        let name = directory.split(separator: "/").last.map { String($0) } ?? directory
        do {
            let json = try ByteStorage.reading(path: directory + "/model.json", maximumByteCount: 4 << 20)
            let manifest = try ModelManifest(json: Array(json.bytes))
            guard manifest.name == name else {
                throw PipelineError.badModel(
                    name: name, detail: "model.json says name '\(manifest.name)', the folder is '\(name)'")
            }
            guard let newest = manifest.versions.last else {
                throw PipelineError.badModel(name: name, detail: "model.json names no version")
            }
            let session = try Session(path: "\(directory)/\(newest.version)/model.onnx")
            guard session.sha256 == newest.sha256 else {
                throw PipelineError.badModel(
                    name: name,
                    detail: "version \(newest.version): model.onnx has SHA-256 \(session.sha256), model.json says \(newest.sha256)")
            }
            self.manifest = manifest
            version = newest.version
            self.session = session
            head = try Head(manifest: manifest)
            classIDs = Dictionary(
                manifest.labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        } catch let error as PipelineError {
            throw error
        } catch {
            throw .badModel(name: name, detail: "\(error)")
        }
    }

    /// Runs the network on one prepared input.
    ///
    /// - Throws: `GraphError`.
    func run(
        _ input: Tensor, parallelism: Parallelism, isCancelled: () -> Bool
    ) throws -> [String: Tensor] {
        let context = try idleContexts.withLock { $0.popLast() } ?? session.makeContext()
        defer { idleContexts.withLock { $0.append(context) } }
        return try context.run([manifest.input.name: input], parallelism: parallelism, isCancelled: isCancelled)
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
