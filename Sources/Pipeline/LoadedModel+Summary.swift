internal import Graph
internal import Inference
internal import Vision

extension LoadedModel {
    func summary(isDefault: Bool) -> ModelSummary {
        let manifest = vision?.manifest
        return ModelSummary(
            name: name, version: version, task: manifest?.task.rawValue ?? "tensors", sha256: session.sha256,
            license: manifest?.license ?? "", source: manifest?.source.url ?? "", labels: manifest?.labels ?? [],
            inputs: inputs.map(Self.summary), outputs: outputs.map(Self.summary), isDefault: isDefault)
    }

    private static func summary(_ port: Session.Port) -> ModelSummary.TensorSummary {
        ModelSummary.TensorSummary(
            name: port.name, dataType: "\(port.type.dataType)",
            shape: port.type.dimensions?.map { $0.fixedExtent ?? -1 } ?? [])
    }

    /// What results say of the model.
    func provenance(_ manifest: ModelManifest) -> FrameResult.Model {
        FrameResult.Model(
            name: name, version: version, sha256: session.sha256, license: manifest.license,
            task: manifest.task.rawValue, precision: session.precision.rawValue, numerics: session.numerics)
    }
}

extension LoadedModel {
    /// How requests are grouped; `nil` when each runs alone.
    package var batching: BatchConfiguration? {
        guard queue.maximumRows > 1 else { return nil }
        var batching = queue.configuration
        batching.maximumRows = queue.maximumRows
        batching.preferredRows = queue.sizes
        return batching
    }
}
