import Logging
import Pipeline
import Tensors

/// Loading and unloading at a client's wish, or because the folder of models changed.
struct ModelControl: Sendable {
    let pipeline: FramePipeline

    /// Looks at the folder of models again and again until the task is cancelled.
    func poll(_ logger: Logger) async {
        let interval = Duration.milliseconds(pipeline.configuration.pollMilliseconds)
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            let changes = await pipeline.library.poll()
            for change in changes {
                switch change {
                case .loaded(let name, let versions):
                    logger.notice("model \(name) loaded", metadata: ["versions": "\(versions.joined(separator: ","))"])
                case .removed(let name): logger.notice("model \(name) removed")
                case .failed(let name, let reason):
                    logger.error("model \(name) cannot be loaded", metadata: ["error": "\(reason)"])
                }
            }
            if !changes.isEmpty { await returnMemory() }
        }
    }

    /// - Throws: 403 unless the settings let clients do this; what ``ModelLibrary/load(_:)`` throws.
    func load(_ name: String) async throws {
        try RepositoryRoutes.requireControl(pipeline.library)
        try await pipeline.library.load(name)
        await returnMemory()
    }

    /// - Throws: 403 unless the settings let clients do this; what ``ModelLibrary/unload(_:)`` throws.
    func unload(_ name: String) async throws {
        try RepositoryRoutes.requireControl(pipeline.library)
        try pipeline.library.unload(name)
        await returnMemory()
    }

    /// Gives the system back what models that are gone took: the allocator keeps it for each thread that ever loaded one, which made 30
    /// reloads of 70 MiB hold twice the memory of one.
    private func returnMemory() async {
        _ = try? await pipeline.pool.run { ProcessMemory.trim() }
    }
}
