extension ServiceConfiguration {
    /// Every setting by the key that ``init(reader:)`` reads, as text; durations in seconds.
    package var listing: [(key: String, value: String)] {
        let integers: [(String, Int)] = [
            ("port", port), ("grpcPort", grpcPort), ("maximumConnections", maximumConnections),
            ("maximumBodyBytes", maximumBodyBytes),
            ("maximumBufferedBytes", maximumBufferedBytes), ("maximumHeaderBytes", maximumHeaderBytes),
            ("maximumHeaderCount", maximumHeaderCount), ("minimumBodyRate", minimumBodyRate),
            ("maximumSensors", maximumSensors), ("sensorInFlight", sensorInFlight),
            ("maximumWatchers", maximumWatchers), ("eventBacklog", eventBacklog), ("pictureQuality", pictureQuality),
        ]
        let durations: [(String, Duration)] = [
            ("headerTimeout", headerTimeout), ("bodyTimeout", bodyTimeout), ("idleTimeout", idleTimeout),
            ("writeTimeout", writeTimeout), ("sensorIdleTimeout", sensorIdleTimeout),
            ("heartbeatInterval", heartbeatInterval),
        ]
        let strings: [(String, String)] = [
            ("host", host), ("auth", authentication.rawValue), ("keys", keyFile ?? "(none)"),
            ("tlsCertificate", tlsCertificate ?? "(none)"), ("tlsKey", tlsKey ?? "(none)"),
            ("tlsClientAuthorities", tlsClientAuthorities ?? "(none)"),
        ]
        return strings + access.listing + integers.map { ($0, "\($1)") }
            + durations.map { key, value in
                let parts = value.components
                return (key, "\(Double(parts.seconds) + Double(parts.attoseconds) / 1e18)")
            }
    }
}
