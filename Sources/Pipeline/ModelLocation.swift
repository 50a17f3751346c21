internal import Glibc
internal import Tensors

/// Finds the folder of models: a folder with a `model.json` one level down.
package enum ModelLocation {
    /// The folder that was asked for; else `FOVEA_MODELS`; else `models` beside the program or above it (so that a build in
    /// `.build/release` finds the repository's), `../share/fovea/models`, or `models` in the working folder.
    package static func find(explicit: String?) throws(PipelineError) -> String {
        if let explicit {
            guard DirectoryListing.isDirectory(explicit) else {
                throw .badOption(name: "models", detail: "\(explicit) is not a folder")
            }
            return explicit
        }
        if let variable = getenv("FOVEA_MODELS") {
            let path = String(cString: variable)
            guard DirectoryListing.isDirectory(path) else {
                throw .badOption(name: "FOVEA_MODELS", detail: "\(path) is not a folder")
            }
            return path
        }
        let candidates = besideProgram() + ["models"]
        guard let found = candidates.first(where: holdsModels) else {
            throw .badOption(
                name: "models", detail: "no folder of models found; looked for " + candidates.joined(separator: ", "))
        }
        return found
    }

    private static func holdsModels(_ folder: String) -> Bool {
        guard let names = try? DirectoryListing.names(in: folder) else { return false }
        return names.contains { DirectoryListing.exists("\(folder)/\($0)/model.json") }
    }

    private static func besideProgram() -> [String] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        guard length > 0, length < buffer.count else { return [] }
        let program = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var candidates: [String] = []
        var folder = program[...]
        for level in 0..<5 {
            guard let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else { break }
            folder = folder[..<slash]
            candidates.append("\(folder)/models")
            if level == 1 { candidates.append("\(folder)/share/fovea/models") }
        }
        return candidates
    }
}
