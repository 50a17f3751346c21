import ArgumentParser
import Graph
import Inference
import Pipeline
import Tensors
import Vision

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "List, add, inspect, run, profile, quantise and check networks.",
        subcommands: [
            ModelList.self, ModelAdd.self, ModelInfo.self, ModelRun.self, ModelInput.self, ModelProfile.self,
            ModelQuantize.self, ModelCheckCommand.self,
        ]
    )
}

struct ModelList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the models that are there.")

    @Option(help: "Folder of models.")
    var models: String?

    func run() throws {
        let folder = try ModelLocation.find(explicit: models)
        for name in try ModelLibrary.names(in: folder) {
            let json = try ByteStorage.reading(path: "\(folder)/\(name)/model.json", maximumByteCount: 4 << 20)
            let manifest = try ModelManifest(json: Array(json.bytes))
            let input = manifest.input
            try StandardOutput.write(
                line: [
                    manifest.name, manifest.currentVersion.version, manifest.task.rawValue,
                    "\(input.width)x\(input.height)", "\(manifest.labels.count) classes", manifest.license,
                ].joined(separator: "\t"))
        }
    }
}

/// A network named by a model's name or an ONNX file's path.
struct ModelPath: ExpressibleByArgument {
    let argument: String

    init?(argument: String) { self.argument = argument }

    /// The ONNX file.
    func resolve(models: String?) throws -> String {
        if argument.hasSuffix(".onnx") || argument.contains("/") { return argument }
        let (manifest, folder) = try Self.manifest(of: argument, models: models)
        return "\(folder)/\(argument)/\(manifest.currentVersion.version)/model.onnx"
    }

    /// Loads the network, in int8 the version of it that lies beside.
    func load(
        models: String?, options: SessionOptions, parallelism: Parallelism = .serial
    ) throws -> (session: Session, path: String) {
        let path = QuantizedFile.path(for: options.precision, of: try resolve(models: models))
        do {
            return (try Session(path: path, options: options, parallelism: parallelism), path)
        } catch SessionError.notQuantized {
            throw PipelineError.badModel(name: argument, detail: QuantizedFile.advice(for: argument))
        }
    }

    /// A model's manifest by its name, and the folder of models.
    static func manifest(of name: String, models: String?) throws -> (ModelManifest, folder: String) {
        let folder = try ModelLocation.find(explicit: models)
        let known = try ModelLibrary.names(in: folder)
        guard known.contains(name) else { throw PipelineError.unknownModel(name: name, known: known) }
        let json = try ByteStorage.reading(path: "\(folder)/\(name)/model.json", maximumByteCount: 4 << 20)
        return (try ModelManifest(json: Array(json.bytes)), folder)
    }
}
