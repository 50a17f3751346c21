package import Configuration
import Vision

extension PrivacyRules {
    /// Reads the settings; what is not set keeps its default.
    ///
    /// | key | type | default |
    /// |---|---|---|
    /// | `level` | string: metadata, tensor, masked, full | full |
    /// | `hide` | string, labels separated by commas | none |
    /// | `sensors` | string: `gate-*=masked, lobby=metadata` | none |
    /// | `keys` | string, the same with ids of API keys | none |
    ///
    /// - Throws: ``ConfigurationError`` naming the key whose value cannot be read.
    package init(reader: ConfigReader) throws(ConfigurationError) {
        self.init()
        if let text = reader.string(forKey: "level") { level = try Self.level(text, "level") }
        if let text = reader.string(forKey: "hide") { hidden = Self.list(text) }
        if let text = reader.string(forKey: "sensors") { sensors = try Self.rules(text, "sensors") }
        if let text = reader.string(forKey: "keys") { keys = try Self.rules(text, "keys") }
    }

    private static func level(_ text: String, _ key: String) throws(ConfigurationError) -> PrivacyLevel {
        guard let level = PrivacyLevel(rawValue: text) else {
            let known = PrivacyLevel.allCases.map(\.rawValue).joined(separator: ", ")
            throw .outOfRange(key: key, value: text, expected: known)
        }
        return level
    }

    private static func rules(_ text: String, _ key: String) throws(ConfigurationError) -> [Rule] {
        var rules: [Rule] = []
        for entry in list(text) {
            let halves = entry.split(separator: "=", omittingEmptySubsequences: false).map { String($0) }
            guard halves.count == 2, !halves[0].isEmpty else {
                throw .unreadable(key: key, detail: "'\(entry)' is not NAME=LEVEL")
            }
            rules.append(Rule(name: halves[0], level: try level(halves[1], key)))
        }
        return rules
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
    }

    /// Every setting by its key, as text.
    package var listing: [(key: String, value: String)] {
        func text(_ rules: [Rule]) -> String { rules.map { "\($0.name)=\($0.level.rawValue)" }.joined(separator: ",") }
        return [
            ("level", level.rawValue), ("hide", hidden.joined(separator: ",")), ("sensors", text(sensors)),
            ("keys", text(keys)),
        ]
    }
}
