package import ISP
internal import Tensors

/// The ISP profiles that may be asked for by name: the built-in one and those of a folder.
package struct ProfileLibrary: Sendable {
    private let developers: [String: Developer]
    private let standard: Developer

    /// - Parameters:
    ///   - directory: a folder of `*.json`, each a profile whose `name` is unique.
    ///   - network: runs ``Demosaic/demosaicnet``.
    /// - Throws: `FileError`, `ISPError`, or ``PipelineError`` when two profiles share a name.
    package init(directory: String? = nil, network: any DemosaicNetwork = LearnedDemosaic()) throws {
        standard = Developer(profile: .standard, network: network)
        var developers = [standard.profile.name: standard]
        if let directory {
            for name in try DirectoryListing.names(in: directory) where name.hasSuffix(".json") {
                let profile = try Self.load("\(directory)/\(name)")
                guard developers.updateValue(Developer(profile: profile, network: network), forKey: profile.name) == nil
                else {
                    throw PipelineError.badOption(
                        name: "profiles", detail: "\(name): a profile '\(profile.name)' is there already")
                }
            }
        }
        self.developers = developers
    }

    package static func load(_ path: String) throws -> ISPProfile {
        let json = try ByteStorage.reading(path: path, maximumByteCount: 4 << 20)
        return try ISPProfile(json: Array(json.bytes))
    }

    /// What develops by the profile of this name; `nil` is the built-in one.
    ///
    /// - Throws: ``PipelineError/unknownProfile(name:known:)``.
    package func developer(named name: String?) throws(PipelineError) -> Developer {
        guard let name else { return standard }
        guard let developer = developers[name] else {
            throw .unknownProfile(name: name, known: developers.keys.sorted())
        }
        return developer
    }
}
