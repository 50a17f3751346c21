#if FOVEA_SERVER
import Configuration
import Service
import Store

extension StoreConfiguration {
    /// Reads the store's settings; what is not set keeps its default.
    ///
    /// | key | type | default |
    /// |---|---|---|
    /// | `path` | string, a SQLite file | none: nothing is stored |
    /// | `contents` | string: results, pictures, frames | results |
    /// | `maximumAgeDays` | double, 0: any | 30 |
    /// | `maximumBytes` | int, 0: any | 10737418240 |
    /// | `queueLimit` | int, 1…1000000 | 1024 |
    init(reader: ConfigReader) throws {
        self.init()
        if let path = reader.string(forKey: "path"), !path.isEmpty { self.path = path }
        if let text = reader.string(forKey: "contents") {
            guard let contents = Contents(rawValue: text) else {
                throw ConfigurationError.outOfRange(
                    key: "store.contents", value: text,
                    expected: Contents.allCases.map(\.rawValue).joined(separator: ", "))
            }
            self.contents = contents
        }
        if let days = reader.double(forKey: "maximumAgeDays") ?? reader.int(forKey: "maximumAgeDays").map(Double.init) {
            guard days.isFinite, (0...36_500).contains(days) else {
                throw ConfigurationError.outOfRange(key: "store.maximumAgeDays", value: "\(days)", expected: "0…36500")
            }
            maximumAgeDays = days
        } else if let text = reader.string(forKey: "maximumAgeDays") {
            throw ConfigurationError.unreadable(
                key: "store.maximumAgeDays", detail: "'\(text)' is not a number of days")
        }
        try read("maximumBytes", \.maximumBytes, 0...(1 << 50), reader)
        try read("queueLimit", \.queueLimit, 1...1_000_000, reader)
    }

    private mutating func read(
        _ key: ConfigKey, _ path: WritableKeyPath<Self, Int>, _ range: ClosedRange<Int>, _ reader: ConfigReader
    ) throws {
        guard let value = reader.int(forKey: key) else {
            if let text = reader.string(forKey: key) {
                throw ConfigurationError.unreadable(key: "store.\(key)", detail: "'\(text)' is not a whole number")
            }
            return
        }
        guard range.contains(value) else {
            throw ConfigurationError.outOfRange(
                key: "store.\(key)", value: "\(value)", expected: "\(range.lowerBound)…\(range.upperBound)")
        }
        self[keyPath: path] = value
    }

    /// Settings by key, as text.
    var listing: [(key: String, value: String)] {
        [
            ("path", path ?? "(none)"), ("contents", contents.rawValue), ("maximumAgeDays", "\(maximumAgeDays)"),
            ("maximumBytes", "\(maximumBytes)"), ("queueLimit", "\(queueLimit)"),
        ]
    }
}
#endif
