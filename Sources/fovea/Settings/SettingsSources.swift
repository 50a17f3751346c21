#if FOVEA_SERVER
import Configuration
import FoundationEssentials
import Pipeline
import Service
import StrictJSON
import SystemPackage
import Tensors

/// Where settings come from: flags over environment (`FOVEA_SERVICE_PORT`) over a JSON file over the defaults.
struct SettingsSources {
    let configuration: AppConfiguration
    private let providers: [(name: String, provider: any ConfigProvider)]

    private static let maximumFileByteCount = 1 << 20

    /// - Parameters:
    ///   - file: a JSON file; `nil` for none.
    ///   - flags: full key (`service.port`) and value.
    /// - Throws: `ConfigurationError` for a value that cannot be used and for a key that does not exist; `FileError`.
    init(file: String?, flags: [(key: String, value: ConfigValue)]) async throws {
        let known = Set(AppConfiguration().listing.map(\.key))
        var providers: [(name: String, provider: any ConfigProvider)] = []
        let values = flags.map { (AbsoluteConfigKey($0.key.split(separator: ".").map { String($0) }), $0.value) }
        providers.append(("flag", InMemoryProvider(values: Dictionary(values) { $1 })))
        try Self.checkEnvironment(known: known)
        providers.append(("environment", EnvironmentVariablesProvider().prefixKeys(with: "fovea")))
        if let file {
            let json = try ByteStorage.reading(path: file, maximumByteCount: Self.maximumFileByteCount)
            try Self.checkKeys(json, path: file, known: known)
            do {
                providers.append(("file", try await FileProvider<JSONSnapshot>(filePath: FilePath(file))))
            } catch {
                throw ConfigurationError.unreadable(key: file, detail: "\(error)")
            }
        }
        self.providers = providers
        configuration = try AppConfiguration(reader: ConfigReader(providers: providers.map(\.provider)))
    }

    /// `flag`, `environment`, `file` or `default`.
    func origin(of key: String) -> String {
        let absolute = AbsoluteConfigKey(key.split(separator: ".").map { String($0) })
        for (name, provider) in providers {
            for type in [ConfigType.string, .int, .double] {
                if let found = try? provider.value(forKey: absolute, type: type), found.value != nil { return name }
            }
        }
        return "default"
    }

    /// A misspelt key would otherwise do nothing, silently.
    private static func checkKeys(_ file: ByteStorage, path: String, known: Set<String>) throws {
        let sections: JSONValue
        do {
            sections = try JSONValue(parsing: file.bytes, byteLimit: maximumFileByteCount)
        } catch {
            throw ConfigurationError.unreadable(key: path, detail: "\(error)")
        }
        let form = ConfigurationError.unreadable(
            key: path, detail: "must be an object of objects of strings and numbers, like {\"service\":{\"port\":8000}}"
        )
        guard case .object(let sections) = sections else { throw form }
        for (section, entries) in sections.sorted(by: { $0.key < $1.key }) {
            guard case .object(let entries) = entries else { throw form }
            for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
                guard known.contains("\(section).\(key)") else {
                    throw ConfigurationError.unreadable(
                        key: "\(section).\(key)", detail: "there is no such setting; `fovea config print` lists them")
                }
                switch value {
                case .string, .number, .bool: break
                case .null, .array, .object: throw form
                }
            }
        }
    }

    private static func checkEnvironment(known: Set<String>) throws(ConfigurationError) {
        let names = Set(known.map(environmentName))
        for name in ProcessInfo.processInfo.environment.keys.sorted()
        where ["FOVEA_SERVICE_", "FOVEA_PIPELINE_", "FOVEA_STORE_", "FOVEA_PRIVACY_", "FOVEA_JOBS_"]
            .contains(where: name.hasPrefix)
        {
            if !names.contains(name) {
                throw .unreadable(key: name, detail: "there is no such setting; `fovea config print` lists them")
            }
        }
    }

    /// `service.maximumBodyBytes` is `FOVEA_SERVICE_MAXIMUM_BODY_BYTES`.
    static func environmentName(of key: String) -> String {
        var name = "FOVEA_"
        for character in key {
            if character == "." {
                name.append("_")
            } else if character.isUppercase {
                name.append("_\(character)")
            } else {
                name.append(character.uppercased())
            }
        }
        return name
    }
}
#endif
