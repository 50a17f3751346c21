package import Tensors
internal import Vision

/// The models of a folder, loaded.
package struct ModelLibrary: Sendable {
    package let models: [String: LoadedModel]
    /// The model that runs when none is asked for.
    package let defaultModel: LoadedModel

    /// The detector that the program ships with.
    private static let preferredDefault = "yolov3-tiny"

    /// Loads the models of `directory`, several at a time.
    ///
    /// - Parameter names: load only these; `nil` loads all.
    /// - Throws: ``PipelineError`` for the first model, by name, that cannot be used.
    package init(directory: String, names: Set<String>? = nil, parallelism: Parallelism) throws {
        let available = try Self.names(in: directory)
        for name in names ?? [] where !available.contains(name) {
            throw PipelineError.unknownModel(name: name, known: available)
        }
        let wanted = available.filter { names?.contains($0) ?? true }
        let slots = LoadSlots(count: wanted.count)
        parallelism.run(count: wanted.count) { index in
            slots.fill(
                index,
                Result { () throws(PipelineError) in
                    try LoadedModel(directory: "\(directory)/\(wanted[index])", parallelism: parallelism.width)
                })
        }
        let loaded = try slots.results.map { try $0.get() }
        models = Dictionary(uniqueKeysWithValues: zip(wanted, loaded))
        guard
            let defaultModel = models[Self.preferredDefault]
                ?? loaded.first(where: { $0.manifest.task == .detection }) ?? loaded.first
        else { throw PipelineError.badOption(name: "models", detail: "there is no model in \(directory)") }
        self.defaultModel = defaultModel
    }

    /// Names of the models in a folder, sorted.
    package static func names(in directory: String) throws(FileError) -> [String] {
        try DirectoryListing.names(in: directory).filter { DirectoryListing.exists("\(directory)/\($0)/model.json") }
    }

    /// - Throws: ``PipelineError/unknownModel(name:known:)``.
    package func model(named name: String?) throws(PipelineError) -> LoadedModel {
        guard let name else { return defaultModel }
        guard let model = models[name] else { throw .unknownModel(name: name, known: models.keys.sorted()) }
        return model
    }
}
