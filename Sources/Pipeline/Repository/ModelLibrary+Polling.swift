internal import Synchronization
internal import Tensors

extension ModelLibrary {
    /// What a look at the folder changed.
    package enum Change: Sendable, Equatable {
        case loaded(name: String, versions: [String])
        case removed(name: String)
        /// What was loaded before stays.
        case failed(name: String, reason: String)
    }

    /// Looks at the folder once: loads models that are new or have changed, and drops those that are gone. Each must look the same as
    /// at the look before, so that a folder in the middle of being written is left alone. Requests are answered by the old model until
    /// the new one is ready.
    package func poll() async -> [Change] {
        guard let looks = try? await pool.run(isUrgent: true, { [self] in try look() }) else { return [] }
        var changes: [Change] = []
        for name in settled(looks) {
            guard looks[name] != nil else {
                if drop(name) { changes.append(.removed(name: name)) }
                continue
            }
            do {
                try await load(name)
                changes.append(.loaded(name: name, versions: versions(of: name).map(\.version)))
            } catch {
                changes.append(.failed(name: name, reason: "\(error)"))
            }
        }
        return changes
    }

    /// - Throws: `FileError` when the folder cannot be read now: then nothing is taken to be gone.
    private func look() throws -> [String: FolderStamp] {
        let names = try ModelFolder.names(in: directory).filter { wantedNames?.contains($0) ?? true }
        return Dictionary(uniqueKeysWithValues: names.map { ($0, FolderStamp(path: "\(directory)/\($0)")) })
    }

    /// Names whose folders changed since they were loaded, and not since the last look, sorted.
    private func settled(_ looks: [String: FolderStamp]) -> [String] {
        slots.withLock { slots in
            for name in looks.keys where slots[name] == nil { slots[name] = Slot(reason: "not loaded yet") }
            var settled: [String] = []
            for (name, slot) in slots where wantedNames?.contains(name) ?? true {
                let look = FolderLook(looks[name])
                if look != slot.loadedFrom, look == slot.lastLook { settled.append(name) }
                slots[name]?.lastLook = look
            }
            return settled.sorted()
        }
    }

    /// - Returns: whether it was loaded.
    private func drop(_ name: String) -> Bool {
        slots.withLock { $0.removeValue(forKey: name).map { !$0.models.isEmpty } ?? false }
    }
}

/// A model's folder as it was at some time.
enum FolderLook: Sendable, Equatable {
    case absent
    case present(FolderStamp)

    init(_ stamp: FolderStamp?) { self = stamp.map { .present($0) } ?? .absent }
}
