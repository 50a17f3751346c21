import Pipeline
import Tensors

/// Loading and unloading at a client's wish.
struct ModelControl: Sendable {
    let pipeline: FramePipeline

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
