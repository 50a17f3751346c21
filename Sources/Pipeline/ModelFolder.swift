internal import Graph
internal import Tensors
internal import Vision

/// One model's folder: `VERSION/model.onnx`, and `model.json` where pictures go in.
struct ModelFolder: Sendable {
    let path: String
    let name: String
    /// `nil` for a network that only takes and gives tensors.
    let manifest: ModelManifest?
    /// The oldest first.
    let versions: [String]

    /// - Throws: ``PipelineError/badModel(name:detail:)`` naming what is wrong with the folder.
    init(path: String) throws(PipelineError) {
        self.path = path
        let name = path.split(separator: "/").last.map { String($0) } ?? path
        self.name = name
        do {
            guard DirectoryListing.exists(path + "/model.json") else {
                manifest = nil
                versions = try Self.numberedVersions(in: path)
                guard !versions.isEmpty else {
                    throw PipelineError.badModel(name: name, detail: "neither model.json nor VERSION/model.onnx")
                }
                return
            }
            let json = try ByteStorage.reading(path: path + "/model.json", maximumByteCount: 4 << 20)
            let manifest = try ModelManifest(json: Array(json.bytes))
            guard manifest.name == name else {
                throw PipelineError.badModel(
                    name: name, detail: "model.json says name '\(manifest.name)', the folder is '\(name)'")
            }
            self.manifest = manifest
            versions = manifest.versions.map(\.version)
        } catch let error as PipelineError {
            throw error
        } catch {
            throw .badModel(name: name, detail: "\(error)")
        }
    }

    /// What runs for a version: a file, in a precision, with the digest that the manifest promises.
    struct Network {
        let path: String
        let precision: Precision
        let sha256: String?
    }

    /// - Parameter precision: `nil` for what the manifest says.
    func network(version: String, precision: Precision?) -> Network {
        let listed = manifest?.versions.first { $0.version == version }
        let wanted =
            precision
            ?? {
                switch listed?.precision {
                case .bf16: .bf16
                case .int8: .int8
                case .fp32, .fp16, nil: .fp32
                }
            }()
        let float = "\(path)/\(version)/model.onnx"
        let file = QuantizedFile.path(for: wanted, of: float)
        return Network(path: file, precision: wanted, sha256: file == float ? listed?.sha256 : listed?.int8)
    }

    /// Names of the models in a folder, sorted.
    static func names(in directory: String) throws(FileError) -> [String] {
        try DirectoryListing.names(in: directory).filter { name in
            let path = "\(directory)/\(name)"
            return DirectoryListing.exists(path + "/model.json")
                || ((try? numberedVersions(in: path)).map { !$0.isEmpty } ?? false)
        }
    }

    private static func numberedVersions(in path: String) throws(FileError) -> [String] {
        guard DirectoryListing.isDirectory(path) else { return [] }
        return try DirectoryListing.names(in: path)
            .filter { Int($0) != nil && DirectoryListing.exists("\(path)/\($0)/model.onnx") }
            .sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }
    }
}
