internal import Graph
internal import Inference
internal import Vision

extension LoadedModel {
    func summary(isDefault: Bool) -> ModelSummary {
        ModelSummary(
            name: manifest.name, version: version, task: manifest.task.rawValue, sha256: session.sha256,
            license: manifest.license, source: manifest.source.url, labels: manifest.labels,
            inputs: session.inputs.map(Self.summary), outputs: session.outputs.map(Self.summary), isDefault: isDefault)
    }

    private static func summary(_ port: Session.Port) -> ModelSummary.TensorSummary {
        ModelSummary.TensorSummary(
            name: port.name, dataType: "\(port.type.dataType)",
            shape: port.type.dimensions?.map { $0.fixedExtent ?? -1 } ?? [])
    }

    /// What results say of the model.
    var provenance: FrameResult.Model {
        FrameResult.Model(
            name: manifest.name, version: version, sha256: session.sha256, license: manifest.license,
            task: manifest.task.rawValue, precision: session.precision, numerics: session.numerics)
    }
}
