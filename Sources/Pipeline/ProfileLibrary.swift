package import ISP
internal import Tensors

/// The ISP profiles that may be asked for by name: the built-in one and those of a folder.
package struct ProfileLibrary: Sendable {
    package let profiles: [String: ISPProfile]

    /// - Parameter directory: a folder of `*.json`, each a profile whose `name` is unique.
    /// - Throws: `FileError`, `ISPError`, or ``PipelineError`` when two profiles share a name.
    package init(directory: String? = nil) throws {
        var profiles = [ISPProfile.standard.name: ISPProfile.standard]
        if let directory {
            for name in try DirectoryListing.names(in: directory) where name.hasSuffix(".json") {
                let profile = try Self.load("\(directory)/\(name)")
                guard profiles.updateValue(profile, forKey: profile.name) == nil else {
                    throw PipelineError.badOption(
                        name: "profiles", detail: "\(name): a profile '\(profile.name)' is there already")
                }
            }
        }
        self.profiles = profiles
    }

    package static func load(_ path: String) throws -> ISPProfile {
        let json = try ByteStorage.reading(path: path, maximumByteCount: 4 << 20)
        return try ISPProfile(json: Array(json.bytes))
    }

    /// - Throws: ``PipelineError/unknownProfile(name:known:)``.
    package func profile(named name: String?) throws(PipelineError) -> ISPProfile {
        guard let name else { return .standard }
        guard let profile = profiles[name] else {
            throw .unknownProfile(name: name, known: profiles.keys.sorted())
        }
        return profile
    }
}
