import Configuration

/// How the service tells of itself to those who run it.
package struct OperationsConfiguration: Sendable, Equatable {
    /// Address of an OpenTelemetry collector (OTLP over HTTP); `nil` exports no traces.
    package var traceCollector: String?
    /// Part of the requests that begin a trace where the client sent none, 0…1.
    package var traceRatio = 1.0
    /// Whether metrics carry Triton's names too, for dashboards that know those.
    package var tritonMetrics = false

    package init() {}

    /// Reads the settings; what is not set keeps its default.
    ///
    /// | key | type | default |
    /// |---|---|---|
    /// | `traceCollector` | string, an address as `http://127.0.0.1:4318` | none |
    /// | `traceRatio` | double, 0…1 | 1 |
    /// | `tritonMetrics` | bool | false |
    ///
    /// - Throws: ``ConfigurationError`` naming the key whose value cannot be read.
    init(reader: ConfigReader) throws(ConfigurationError) {
        if let text = reader.string(forKey: "traceCollector"), !text.isEmpty { traceCollector = text }
        if let ratio = reader.double(forKey: "traceRatio") ?? reader.int(forKey: "traceRatio").map(Double.init) {
            traceRatio = ratio
        } else if let text = reader.string(forKey: "traceRatio") {
            throw .unreadable(key: "traceRatio", detail: "'\(text)' is not a number")
        }
        if let isOn = reader.bool(forKey: "tritonMetrics") {
            tritonMetrics = isOn
        } else if let text = reader.string(forKey: "tritonMetrics") {
            throw .unreadable(key: "tritonMetrics", detail: "'\(text)' is not true or false")
        }
    }

    /// Checks every setting.
    ///
    /// - Throws: ``ConfigurationError/outOfRange(key:value:expected:)`` naming the first one at fault.
    func validate() throws(ConfigurationError) {
        if let traceCollector, !["http://", "https://"].contains(where: traceCollector.hasPrefix) {
            throw .outOfRange(
                key: "traceCollector", value: traceCollector,
                expected: "an address that begins with http:// or https://")
        }
        guard (0...1).contains(traceRatio) else {
            throw .outOfRange(key: "traceRatio", value: "\(traceRatio)", expected: "0…1")
        }
    }

    /// Every setting by key, as text.
    var listing: [(key: String, value: String)] {
        [
            ("traceCollector", traceCollector ?? "(none)"), ("traceRatio", "\(traceRatio)"),
            ("tritonMetrics", "\(tritonMetrics)"),
        ]
    }
}
