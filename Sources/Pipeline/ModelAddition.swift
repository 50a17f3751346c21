internal import Inference
internal import Tensors
package import Vision

/// A user's ONNX file on its way into a folder of models.
package struct ModelAddition: Sendable {
    /// The file as the caller named it.
    package let file: String
    package let manifest: ModelManifest
    /// Why the network is taken for what it is taken for.
    package let reason: String

    /// What the caller says of the network; what is `nil` is found out or taken as usual.
    package struct Options: Sendable {
        package var name: String?
        package var family: String?
        package var labels: [String]?
        package var size: (width: Int, height: Int)?
        package var license: String?
        package var source: String?
        /// Changes the usual way to prepare pictures.
        package var adjustInput: @Sendable (inout ModelManifest.Input) -> Void = { _ in }

        package init() {}
    }

    /// Runs the network once and finds out what its outputs mean.
    ///
    /// - Throws: `SessionError`, `GraphError`, `VisionError`, ``PipelineError``.
    package init(file: String, options: Options) throws {
        self.file = file
        let stem = file.split(separator: "/").last.map { String($0) } ?? file
        let name = options.name ?? Self.folderName(stem.hasSuffix(".onnx") ? String(stem.dropLast(5)) : stem)
        let session = try Session(path: file)
        let network = try NetworkSignature(of: session, name: name, size: options.size)
        let found = try HeadRecognition(network, labels: options.labels, family: options.family)
        var input = ModelManifest.Input.usual(for: found.head, network: network)
        options.adjustInput(&input)
        let manifest = ModelManifest(
            name: name, task: found.task, versions: [.init(version: "1", sha256: session.sha256, precision: .fp32)],
            input: input, head: found.head, thresholds: .usual(for: found.task), labels: found.labels,
            license: options.license ?? "LicenseRef-unknown",
            source: .init(url: options.source ?? "file:\(stem)", file: stem, sha256: session.sha256))
        // What is written must read back: names, ranges and strides are checked there.
        self.manifest = try ModelManifest(json: manifest.json)
        reason = found.reason
    }

    /// Copies the network and its manifest into `directory`, then loads the model as a service would.
    ///
    /// - Returns: the model's folder.
    /// - Throws: `FileError`; ``PipelineError``, also when there is a model of this name and it is not to be replaced.
    package func install(in directory: String, replacing: Bool) throws -> String {
        let folder = "\(directory)/\(manifest.name)"
        let version = "\(folder)/\(manifest.currentVersion.version)"
        if DirectoryListing.exists("\(folder)/model.json") && !replacing {
            throw PipelineError.badOption(
                name: "--name", detail: "there is a model '\(manifest.name)' in \(directory); --replace replaces it")
        }
        try FileWriting.makeDirectory(version)
        let network = try ByteStorage.mapping(path: file)
        try withExtendedLifetime(network) { () throws(FileError) in
            try FileWriting.write(network.bytes, to: "\(version)/model.onnx")
        }
        let path = "\(folder)/model.json"
        try FileWriting.write(manifest.json, to: path)
        do {
            let pool = ComputePool(width: 1)
            defer { pool.stop() }
            _ = try LoadedModel(
                ModelFolder(path: folder), version: manifest.currentVersion.version, pool: pool,
                batching: BatchConfiguration())
        } catch {
            // A folder without either is no model, so the others go on loading.
            try FileWriting.remove(path)
            try FileWriting.remove("\(version)/model.onnx")
            throw error
        }
        return folder
    }

    /// The nearest name that is allowed for a folder of a model.
    private static func folderName(_ text: String) -> String {
        let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789._-")
        let name = String(
            text.lowercased().map { allowed.contains($0) ? $0 : "-" }.drop { !$0.isLetter && !$0.isNumber })
        return name.isEmpty ? "model" : String(name.prefix(64))
    }
}
