extension ServiceConfiguration {
    /// Every setting by the key that ``init(reader:)`` reads, as text; durations in seconds.
    package var listing: [(key: String, value: String)] {
        let integers: [(String, Int)] = [
            ("port", port), ("grpcPort", grpcPort), ("maximumConnections", maximumConnections),
            ("maximumBodyBytes", maximumBodyBytes),
            ("maximumBufferedBytes", maximumBufferedBytes), ("maximumHeaderBytes", maximumHeaderBytes),
            ("maximumHeaderCount", maximumHeaderCount), ("minimumBodyRate", minimumBodyRate),
            ("maximumSensors", maximumSensors), ("sensorInFlight", sensorInFlight), ("sensorBacklog", sensorBacklog),
            ("maximumWatchers", maximumWatchers), ("eventBacklog", eventBacklog), ("pictureQuality", pictureQuality),
        ]
        let durations: [(String, Duration)] = [
            ("headerTimeout", headerTimeout), ("bodyTimeout", bodyTimeout), ("idleTimeout", idleTimeout),
            ("writeTimeout", writeTimeout), ("sensorIdleTimeout", sensorIdleTimeout),
            ("heartbeatInterval", heartbeatInterval),
        ]
        let strings: [(String, String)] = [
            ("host", host), ("sensorPolicy", sensorPolicy.rawValue),
            (
                "cameras",
                cameras.isEmpty ? "(none)" : cameras.map { "\($0.sensor)=\($0.device)" }.joined(separator: ",")
            ),
            ("auth", authentication.rawValue), ("keys", keyFile ?? "(none)"),
            ("tlsCertificate", tlsCertificate ?? "(none)"), ("tlsKey", tlsKey ?? "(none)"),
            ("tlsClientAuthorities", tlsClientAuthorities ?? "(none)"),
        ]
        return strings + access.listing + operations.listing + frigate.listing + integers.map { ($0, "\($1)") }
            + durations.map { key, value in
                let parts = value.components
                return (key, "\(Double(parts.seconds) + Double(parts.attoseconds) / 1e18)")
            }
    }
}
