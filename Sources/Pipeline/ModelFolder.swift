internal import Graph
internal import Tensors
internal import Vision

/// One model's folder: `VERSION/model.onnx`; `model.json` where pictures go in; `config.pbtxt` where something is set otherwise.
struct ModelFolder: Sendable {
    let path: String
    let name: String
    /// `nil` for a network that only takes and gives tensors.
    let manifest: ModelManifest?
    /// What `config.pbtxt` says; `nil` where there is none.
    let configuration: FolderConfiguration?
    /// The oldest first.
    let versions: [String]
    /// The network's file in each version's folder.
    var fileName: String { configuration?.fileName ?? Self.usualFileName }

    private static let usualFileName = "model.onnx"

    /// - Throws: ``PipelineError/badModel(name:detail:)`` naming what is wrong with the folder.
    init(path: String) throws(PipelineError) {
        self.path = path
        let name = path.split(separator: "/").last.map { String($0) } ?? path
        self.name = name
        do {
            configuration = try Self.configuration(in: path, folder: name)
            guard DirectoryListing.exists(path + "/model.json") else {
                manifest = nil
                let file = configuration?.fileName ?? Self.usualFileName
                versions = try Self.numberedVersions(in: path, file: file)
                guard !versions.isEmpty else {
                    throw PipelineError.badModel(name: name, detail: "neither model.json nor VERSION/\(file)")
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

    /// - Parameter precision: `nil` for what `config.pbtxt` or else the manifest says.
    func network(version: String, precision: Precision?) -> Network {
        let listed = manifest?.versions.first { $0.version == version }
        let wanted =
            precision ?? configuration?.precision
            ?? {
                switch listed?.precision {
                case .bf16: .bf16
                case .int8: .int8
                case .fp32, .fp16, nil: .fp32
                }
            }()
        let float = "\(path)/\(version)/\(fileName)"
        let file = QuantizedFile.path(for: wanted, of: float)
        return Network(path: file, precision: wanted, sha256: file == float ? listed?.sha256 : listed?.int8)
    }

    /// Names of the models in a folder, sorted.
    static func names(in directory: String) throws(FileError) -> [String] {
        try DirectoryListing.names(in: directory).filter { name in
            let path = "\(directory)/\(name)"
            return ["model.json", configurationName].contains { DirectoryListing.exists("\(path)/\($0)") }
                || ((try? numberedVersions(in: path)).map { !$0.isEmpty } ?? false)
        }
    }

    private static let configurationName = "config.pbtxt"

    private static func configuration(in path: String, folder: String) throws -> FolderConfiguration? {
        let file = "\(path)/\(configurationName)"
        guard DirectoryListing.exists(file) else { return nil }
        let text = try ByteStorage.reading(path: file, maximumByteCount: TextMessage.byteLimit)
        do { return try FolderConfiguration(text: Array(text.bytes), folder: folder) } catch {
            throw PipelineError.badModel(name: folder, detail: "\(configurationName): \(error)")
        }
    }

    private static func numberedVersions(
        in path: String, file: String = usualFileName
    ) throws(FileError) -> [String] {
        guard DirectoryListing.isDirectory(path) else { return [] }
        return try DirectoryListing.names(in: path)
            .filter { Int($0) != nil && DirectoryListing.exists("\(path)/\($0)/\(file)") }
            .sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }
    }
}
