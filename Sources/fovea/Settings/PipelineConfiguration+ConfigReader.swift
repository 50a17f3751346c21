#if FOVEA_SERVER
import Codecs
import Configuration
import Graph
import Pipeline
import Service

extension PipelineConfiguration {
    /// Reads the pipeline's settings; what is not set keeps its default.
    ///
    /// | key | type | default |
    /// |---|---|---|
    /// | `models` | string, a folder | beside the program |
    /// | `profiles` | string, a folder | none |
    /// | `threads` | int, 1…256 | processors |
    /// | `queueLimit` | int, 1…100000 frames | 64 |
    /// | `deadline` | int, milliseconds | 60000 |
    /// | `maximumPixels` | int, width × height of a frame | 67108864 |
    /// | `maximumPixelsInMemory` | int, of all decoded frames, at least `maximumPixels` | twice `maximumPixels` |
    /// | `maximumBatch` | int, 1…1024 rows that run together | 8 |
    /// | `batchDelay` | int, microseconds to wait for company | 0 |
    /// | `preferredBatch` | string, sizes separated by commas | powers of two |
    /// | `modelControl` | string: none, explicit or poll | none |
    /// | `pollInterval` | double, seconds between two looks at the models' folder | 15 |
    /// | `versions` | string: latest, latest:N or all; a model's own config.pbtxt wins | latest |
    /// | `precision` | string, fp32, bf16 or int8, of all networks | what each model.json says |
    /// | `faceModel` | string, the model that finds faces for masked pictures | centerface |
    /// | `maskConfidence` | double, 0…1: lowest score of what masked pictures hide | 0.2 |
    init(reader: ConfigReader) throws {
        self.init()
        modelDirectory = reader.string(forKey: "models")
        profileDirectory = reader.string(forKey: "profiles")
        try read("threads", \.threads, 1...256, reader)
        try read("queueLimit", \.queueLimit, 1...100_000, reader)
        try read("maximumPixels", \.limits.maximumPixelCount, 1...(1 << 30), reader)
        maximumPixelsInMemory = 2 * limits.maximumPixelCount
        try read("maximumPixelsInMemory", \.maximumPixelsInMemory, limits.maximumPixelCount...(1 << 40), reader)
        try read("deadline", \.deadlineMilliseconds, 1...3_600_000, reader)
        try read("maximumBatch", \.batching.maximumRows, 1...1024, reader)
        try read("batchDelay", \.batching.delayMicroseconds, 0...10_000_000, reader)
        batching.preferredRows = try Self.sizes(reader)
        modelControl = try Self.choice("modelControl", reader) ?? modelControl
        precision = try Self.choice("precision", reader)
        if let text = reader.string(forKey: "versions") {
            guard let policy = VersionPolicy(text) else {
                throw ConfigurationError.outOfRange(
                    key: "pipeline.versions", value: text, expected: "latest, latest:N with N of 1…64, or all")
            }
            versionPolicy = policy
        }
        try readPollInterval(reader)
        if let name = reader.string(forKey: "faceModel") { faceModel = name }
        if let value = reader.double(forKey: "maskConfidence") ?? reader.int(forKey: "maskConfidence").map(Double.init)
        {
            guard (0...1).contains(value) else {
                throw ConfigurationError.outOfRange(key: "pipeline.maskConfidence", value: "\(value)", expected: "0…1")
            }
            maskConfidence = Float(value)
        } else if let text = reader.string(forKey: "maskConfidence") {
            throw ConfigurationError.unreadable(key: "pipeline.maskConfidence", detail: "'\(text)' is not a number")
        }
    }

    private mutating func readPollInterval(_ reader: ConfigReader) throws {
        guard let seconds = reader.double(forKey: "pollInterval") ?? reader.int(forKey: "pollInterval").map(Double.init)
        else {
            guard let text = reader.string(forKey: "pollInterval") else { return }
            throw ConfigurationError.unreadable(key: "pipeline.pollInterval", detail: "'\(text)' is not a number")
        }
        guard (0.05...86_400).contains(seconds) else {
            throw ConfigurationError.outOfRange(
                key: "pipeline.pollInterval", value: "\(seconds)", expected: "0.05…86400 seconds")
        }
        pollMilliseconds = Int((seconds * 1000).rounded())
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: ConfigKey, _ reader: ConfigReader
    ) throws -> Choice? {
        guard let text = reader.string(forKey: key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw ConfigurationError.outOfRange(
                key: "pipeline.\(key)", value: text, expected: Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    private static func sizes(_ reader: ConfigReader) throws -> [Int] {
        guard let text = reader.string(forKey: "preferredBatch") else { return [] }
        return try text.split(separator: ",").map { part in
            guard let size = Int(part.filter { $0 != " " }), (1...1024).contains(size) else {
                throw ConfigurationError.outOfRange(
                    key: "pipeline.preferredBatch", value: text, expected: "numbers of 1…1024 separated by commas")
            }
            return size
        }
    }

    private mutating func read(
        _ key: ConfigKey, _ path: WritableKeyPath<Self, Int>, _ range: ClosedRange<Int>, _ reader: ConfigReader
    ) throws {
        guard let value = reader.int(forKey: key) else {
            if let text = reader.string(forKey: key) {
                throw ConfigurationError.unreadable(key: "pipeline.\(key)", detail: "'\(text)' is not a whole number")
            }
            return
        }
        guard range.contains(value) else {
            throw ConfigurationError.outOfRange(
                key: "pipeline.\(key)", value: "\(value)", expected: "\(range.lowerBound)…\(range.upperBound)")
        }
        self[keyPath: path] = value
    }

    /// Settings by key, as text.
    var listing: [(key: String, value: String)] {
        [
            ("models", modelDirectory ?? "(beside the program)"), ("profiles", profileDirectory ?? "(none)"),
            ("threads", "\(threads)"), ("queueLimit", "\(queueLimit)"), ("deadline", "\(deadlineMilliseconds)"),
            ("maximumPixels", "\(limits.maximumPixelCount)"), ("maximumPixelsInMemory", "\(maximumPixelsInMemory)"),
            ("maximumBatch", "\(batching.maximumRows)"),
            ("batchDelay", "\(batching.delayMicroseconds)"),
            ("preferredBatch", batching.preferredRows.map(String.init).joined(separator: ",")),
            ("modelControl", modelControl.rawValue), ("versions", "\(versionPolicy)"),
            ("pollInterval", "\(Double(pollMilliseconds) / 1000)"),
            ("faceModel", faceModel), ("maskConfidence", "\(maskConfidence)"),
            ("precision", precision?.rawValue ?? "(of each model.json)"),
        ]
    }
}
#endif
