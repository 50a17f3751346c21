package import Configuration

extension ServiceConfiguration {
    /// Reads the service's settings; what is not set keeps its default.
    ///
    /// | key | type | default |
    /// |---|---|---|
    /// | `host` | string | 127.0.0.1 |
    /// | `auth` | string: auto, on, off | auto: on unless only this machine can connect |
    /// | `keys` | string, a file | none |
    /// | `trace…`, `tritonMetrics` | ``OperationsConfiguration`` | |
    /// | `frigate…` | ``FrigateConfiguration`` | |
    /// | `token…`, `auditLog` | ``AccessConfiguration`` | |
    /// | `tlsCertificate`, `tlsKey` | string, PEM files | none: plain HTTP |
    /// | `tlsClientAuthorities` | string, a PEM file | none: clients need no certificate |
    /// | `port` | int | 8000 |
    /// | `grpcPort` | int; -1: no gRPC | -1 |
    /// | `maximumConnections` | int | 4096 |
    /// | `maximumBodyBytes` | int, bytes | 268435456 |
    /// | `maximumBufferedBytes` | int, bytes | 1073741824 |
    /// | `maximumHeaderBytes` | int, bytes | 32768 |
    /// | `maximumHeaderCount` | int | 256 |
    /// | `headerTimeout` | double, seconds | 10 |
    /// | `bodyTimeout` | double, seconds | 10 |
    /// | `minimumBodyRate` | int, bytes per second | 1024 |
    /// | `idleTimeout` | double, seconds | 60 |
    /// | `writeTimeout` | double, seconds | 30 |
    /// | `maximumSensors` | int | 64 |
    /// | `sensorIdleTimeout` | double, seconds | 600 |
    /// | `sensorInFlight` | int | 2 |
    /// | `sensorBacklog` | int | 64 |
    /// | `sensorPolicy` | string: latest, lossless | latest |
    /// | `cameras` | string: NAME=DEVICE?OPTIONS, … | none |
    /// | `maximumWatchers` | int | 64 |
    /// | `eventBacklog` | int | 64 |
    /// | `heartbeatInterval` | double, seconds | 15 |
    /// | `pictureQuality` | int, 1…100 | 85 |
    ///
    /// - Throws: ``ConfigurationError`` naming the key whose value cannot be read or is out of range.
    package init(reader: ConfigReader) throws {
        self.init()
        if let host = reader.string(forKey: "host") { self.host = host }
        if let text = reader.string(forKey: "auth") {
            guard let authentication = Authentication(rawValue: text) else {
                throw ConfigurationError.outOfRange(key: "auth", value: text, expected: "auto, on or off")
            }
            self.authentication = authentication
        }
        if let text = reader.string(forKey: "sensorPolicy") {
            guard let policy = SensorPolicy(rawValue: text) else {
                throw ConfigurationError.outOfRange(key: "sensorPolicy", value: text, expected: "latest or lossless")
            }
            sensorPolicy = policy
        }
        if let text = reader.string(forKey: "cameras") { cameras = try CameraSetting.list(text) }
        let files: [(ConfigKey, WritableKeyPath<Self, String?>)] = [
            ("keys", \.keyFile), ("tlsCertificate", \.tlsCertificate), ("tlsKey", \.tlsKey),
            ("tlsClientAuthorities", \.tlsClientAuthorities),
        ]
        for (key, path) in files {
            if let file = reader.string(forKey: key), !file.isEmpty { self[keyPath: path] = file }
        }
        access = try AccessConfiguration(reader: reader)
        operations = try OperationsConfiguration(reader: reader)
        frigate = try FrigateConfiguration(reader: reader)
        let integers: [(ConfigKey, WritableKeyPath<Self, Int>)] = [
            ("port", \.port), ("grpcPort", \.grpcPort), ("maximumConnections", \.maximumConnections),
            ("maximumBodyBytes", \.maximumBodyBytes), ("maximumBufferedBytes", \.maximumBufferedBytes),
            ("maximumHeaderBytes", \.maximumHeaderBytes), ("maximumHeaderCount", \.maximumHeaderCount),
            ("minimumBodyRate", \.minimumBodyRate), ("maximumSensors", \.maximumSensors),
            ("sensorInFlight", \.sensorInFlight), ("sensorBacklog", \.sensorBacklog),
            ("maximumWatchers", \.maximumWatchers),
            ("eventBacklog", \.eventBacklog), ("pictureQuality", \.pictureQuality),
        ]
        for (key, path) in integers {
            guard let value = reader.int(forKey: key) else {
                try Self.requireAbsent(key, in: reader, expected: "a whole number")
                continue
            }
            self[keyPath: path] = value
        }
        let durations: [(ConfigKey, WritableKeyPath<Self, Duration>)] = [
            ("headerTimeout", \.headerTimeout), ("bodyTimeout", \.bodyTimeout), ("idleTimeout", \.idleTimeout),
            ("writeTimeout", \.writeTimeout), ("sensorIdleTimeout", \.sensorIdleTimeout),
            ("heartbeatInterval", \.heartbeatInterval),
        ]
        for (key, path) in durations {
            guard let seconds = reader.double(forKey: key) ?? reader.int(forKey: key).map(Double.init) else {
                try Self.requireAbsent(key, in: reader, expected: "a number of seconds")
                continue
            }
            guard seconds.isFinite, abs(seconds) < 1e9 else {
                throw ConfigurationError.outOfRange(
                    key: "\(key)", value: "\(seconds)", expected: "0.01…86400 seconds")
            }
            self[keyPath: path] = .seconds(seconds)
        }
        try validate()
    }

    /// A reader answers `nil` for a value of the wrong type as it does for none; tells the two apart.
    private static func requireAbsent(
        _ key: ConfigKey, in reader: ConfigReader, expected: String
    ) throws(ConfigurationError) {
        let found =
            reader.string(forKey: key) ?? reader.double(forKey: key).map { "\($0)" }
            ?? reader.bool(forKey: key).map { "\($0)" }
        if let found { throw .unreadable(key: "\(key)", detail: "'\(found)' is not \(expected)") }
    }
}
