import Configuration

extension AccessConfiguration {
    /// Reads the settings; what is not set keeps its default.
    ///
    /// | key | type | default |
    /// |---|---|---|
    /// | `tokenKeys` | string, a file or an https address | none: no tokens |
    /// | `tokenIssuer`, `tokenAudience` | string | none; needed with `tokenKeys` |
    /// | `tokenAlgorithms` | string, names separated by commas | all but shared secrets |
    /// | `tokenScopeClaim` | string | scope |
    /// | `tokenPerSecond` | double, requests; 0: any number | 0 |
    /// | `tokenPerDay` | int, requests; 0: any number | 0 |
    /// | `auditLog` | string, a file | none |
    ///
    /// - Throws: ``ConfigurationError`` naming the key whose value cannot be read.
    init(reader: ConfigReader) throws(ConfigurationError) {
        let strings: [(ConfigKey, WritableKeyPath<Self, String?>)] = [
            ("tokenKeys", \.tokenKeys), ("tokenIssuer", \.tokenIssuer), ("tokenAudience", \.tokenAudience),
            ("auditLog", \.auditLog),
        ]
        for (key, path) in strings {
            if let text = reader.string(forKey: key), !text.isEmpty { self[keyPath: path] = text }
        }
        if let text = reader.string(forKey: "tokenScopeClaim") { tokenScopeClaim = text }
        if let text = reader.string(forKey: "tokenAlgorithms") {
            tokenAlgorithms = []
            for name in text.split(separator: ",") {
                guard let algorithm = TokenAlgorithm(rawValue: name.filter { $0 != " " }) else {
                    throw .outOfRange(key: "tokenAlgorithms", value: text, expected: TokenAlgorithm.listing)
                }
                tokenAlgorithms.append(algorithm)
            }
        }
        if let rate = reader.double(forKey: "tokenPerSecond") ?? reader.int(forKey: "tokenPerSecond").map(Double.init) {
            tokenPerSecond = rate
        } else if let text = reader.string(forKey: "tokenPerSecond") {
            throw .unreadable(key: "tokenPerSecond", detail: "'\(text)' is not a number")
        }
        if let quota = reader.int(forKey: "tokenPerDay") {
            tokenPerDay = quota
        } else if let text = reader.string(forKey: "tokenPerDay") {
            throw .unreadable(key: "tokenPerDay", detail: "'\(text)' is not a whole number")
        }
    }

    /// Every setting by key, as text.
    var listing: [(key: String, value: String)] {
        [
            ("tokenKeys", tokenKeys ?? "(none)"), ("tokenIssuer", tokenIssuer ?? "(none)"),
            ("tokenAudience", tokenAudience ?? "(none)"),
            ("tokenAlgorithms", tokenAlgorithms.map(\.rawValue).joined(separator: ",")),
            ("tokenScopeClaim", tokenScopeClaim), ("tokenPerSecond", "\(tokenPerSecond)"),
            ("tokenPerDay", "\(tokenPerDay)"), ("auditLog", auditLog ?? "(none)"),
        ]
    }
}
