internal import Graph
internal import Synchronization
package import Tensors
internal import Vision

/// The models of a folder: which are loaded, which could be, and the change from one to the other while requests run.
///
/// A request holds the model it began with, so that loading and unloading never disturb it.
package final class ModelLibrary: Sendable {
    /// Whether clients may load and unload.
    package enum Control: String, Sendable, CaseIterable {
        /// All models are loaded at the start and stay.
        case none
        /// The same, and clients may load and unload.
        case explicit
        /// The folder is looked at again and again; what changes there is loaded anew. A model that cannot be used keeps the others
        /// from nothing.
        case poll
    }

    /// One version of a model as listings show it.
    package struct Entry: Sendable, Equatable {
        package enum State: String, Sendable {
            case ready = "READY"
            case unavailable = "UNAVAILABLE"
            case loading = "LOADING"
        }

        package var name: String
        package var version: String
        package var state: State
        /// Why it is not ready.
        package var reason: String
    }

    struct Slot {
        /// By version, the oldest first.
        var models: [LoadedModel] = []
        var isLoading = false
        var reason = ""
        /// The folder when it was last loaded, or tried to be.
        var loadedFrom = FolderLook.absent
        /// The folder when it was last looked at.
        var lastLook = FolderLook.absent
    }

    let directory: String
    /// `nil`: all that are there.
    let wantedNames: Set<String>?
    let pool: ComputePool
    private let batching: BatchConfiguration
    private let policy: VersionPolicy
    private let precision: Precision?
    package let control: Control
    let slots: Mutex<[String: Slot]>

    /// The detector that the program ships with.
    private static let preferredDefault = "yolov3-tiny"

    /// Loads the models of a folder, several at a time.
    ///
    /// - Throws: ``PipelineError`` for the first model, by name, that cannot be used.
    init(directory: String, configuration: PipelineConfiguration, pool: ComputePool) throws {
        let available = try ModelFolder.names(in: directory)
        for name in configuration.modelNames ?? []
        where !available.contains(name) && configuration.modelControl != .poll {
            throw PipelineError.unknownModel(name: name, known: available)
        }
        let wanted = available.filter { configuration.modelNames?.contains($0) ?? true }
        self.directory = directory
        wantedNames = configuration.modelNames
        self.pool = pool
        batching = configuration.batching
        policy = configuration.versionPolicy
        precision = configuration.precision
        control = configuration.modelControl
        slots = Mutex([:])
        let looks = wanted.map { FolderLook(FolderStamp(path: "\(directory)/\($0)")) }
        let loaded = pool.parallelism.map(count: wanted.count) { [self] index in
            Result { () throws(PipelineError) in try loadVersions(of: wanted[index]) }
        }
        if control != .poll { for result in loaded { _ = try result.get() } }
        guard !loaded.isEmpty || control == .poll else {
            throw PipelineError.badOption(name: "models", detail: "there is no model in \(directory)")
        }
        slots.withLock { slots in
            for name in available { slots[name] = Slot(reason: "not loaded") }
            for (index, name) in wanted.enumerated() {
                switch loaded[index] {
                case .success(let models): slots[name] = Slot(models: models, loadedFrom: looks[index])
                case .failure(let error): slots[name] = Slot(reason: "\(error)", lastLook: looks[index])
                }
            }
        }
    }

    private func loadVersions(of name: String) throws(PipelineError) -> [LoadedModel] {
        let folder = try ModelFolder(path: "\(directory)/\(name)")
        let policy = folder.configuration?.versionPolicy ?? policy
        var models: [LoadedModel] = []
        for version in try policy.chosen(of: folder.versions, model: name) {
            models.append(
                try LoadedModel(
                    folder, version: version, pool: pool, batching: batching, precision: precision,
                    versionPolicy: policy, isMapped: control != .poll))
        }
        return models
    }

    /// Names of the vision models in a folder, sorted.
    package static func names(in directory: String) throws(FileError) -> [String] {
        try DirectoryListing.names(in: directory).filter { DirectoryListing.exists("\(directory)/\($0)/model.json") }
    }

    /// The newest loaded version of each model, by name.
    package var current: [LoadedModel] {
        slots.withLock { $0.values.compactMap(\.models.last) }.sorted { $0.name < $1.name }
    }

    /// Every loaded version, by name, the oldest first.
    package var loaded: [LoadedModel] {
        slots.withLock { slots in slots.sorted { $0.key < $1.key }.flatMap { $0.value.models } }
    }

    /// The vision model that runs when none is asked for.
    package var defaultModel: LoadedModel? {
        let vision = current.filter { $0.vision != nil }
        return vision.first { $0.name == Self.preferredDefault }
            ?? vision.first { $0.vision?.manifest.task == .detection } ?? vision.first
    }

    /// - Parameter name: `nil` for the default model.
    /// - Throws: ``PipelineError/unknownModel(name:known:)``.
    package func model(named name: String?, version: String? = nil) throws(PipelineError) -> LoadedModel {
        guard let name else {
            guard let model = defaultModel else { throw .unknownModel(name: "(default)", known: knownNames) }
            return model
        }
        let models = slots.withLock { $0[name]?.models ?? [] }
        let found = version.map { version in models.first { $0.version == version } } ?? models.last
        guard let found else {
            throw .unknownModel(name: version.map { "\(name) version \($0)" } ?? name, known: knownNames)
        }
        return found
    }

    /// The loaded versions of a model, the oldest first; empty when none is.
    package func versions(of name: String) -> [LoadedModel] { slots.withLock { $0[name]?.models ?? [] } }

    private var knownNames: [String] {
        slots.withLock { slots in slots.filter { !$0.value.models.isEmpty }.keys.sorted() }
    }

    /// Every model known, loaded or not.
    package var index: [Entry] {
        slots.withLock { slots in
            slots.sorted { $0.key < $1.key }.flatMap { name, slot in
                if slot.models.isEmpty {
                    return [
                        Entry(
                            name: name, version: "", state: slot.isLoading ? .loading : .unavailable,
                            reason: slot.reason)
                    ]
                }
                return slot.models.map { Entry(name: name, version: $0.version, state: .ready, reason: "") }
            }
        }
    }

    /// Loads a model from its folder, anew if it is loaded; until then the old one answers. Runs on the compute threads.
    ///
    /// - Throws: ``PipelineError/unknownModel(name:known:)`` when there is no such folder, `badModel` when it cannot be used;
    ///   what was loaded before then stays.
    package func load(_ name: String) async throws {
        let known = try ModelFolder.names(in: directory)
        guard known.contains(name) else { throw PipelineError.unknownModel(name: name, known: known) }
        slots.withLock { $0[name, default: Slot()].isLoading = true }
        // Before the files are read, so that whatever changes meanwhile shows at the next look.
        let look = FolderLook(FolderStamp(path: "\(directory)/\(name)"))
        do {
            let models = try await pool.run { [self] in try loadVersions(of: name) }
            slots.withLock { $0[name] = Slot(models: models, loadedFrom: look, lastLook: look) }
        } catch {
            slots.withLock {
                $0[name]?.loadedFrom = look
                $0[name]?.isLoading = false
                $0[name]?.reason = "\(error)"
            }
            throw error
        }
    }

    /// Takes a model out of service. Requests that hold it finish.
    ///
    /// - Throws: ``PipelineError/unknownModel(name:known:)`` when it is not loaded.
    package func unload(_ name: String) throws(PipelineError) {
        let wasLoaded = slots.withLock { slots in
            guard let slot = slots[name], !slot.models.isEmpty else { return false }
            slots[name] = Slot(reason: "unloaded")
            return true
        }
        guard wasLoaded else { throw .unknownModel(name: name, known: knownNames) }
    }
}
