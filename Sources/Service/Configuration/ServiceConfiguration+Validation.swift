extension ServiceConfiguration {
    /// Checks every setting against its range.
    ///
    /// - Throws: ``ConfigurationError/outOfRange(key:value:expected:)`` naming the first setting at fault.
    package func validate() throws(ConfigurationError) {
        guard !host.isEmpty else {
            throw .outOfRange(key: "host", value: "empty", expected: "a host name or an address")
        }
        try access.validate()
        try operations.validate()
        try frigate.validate(needsKeys: needsKeys, isOpen: authentication == .off)
        if needsKeys, keyFile == nil, access.tokenKeys == nil {
            throw .outOfRange(
                key: "keys", value: "not set",
                expected: "a key file (`fovea keys create`) or tokenKeys, because clients on \(host) need keys; "
                    + "the setting auth = off lets everybody in")
        }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw .outOfRange(
                key: tlsKey == nil ? "tlsKey" : "tlsCertificate", value: "not set",
                expected: "a PEM file, as the other of tlsCertificate and tlsKey is set")
        }
        guard tlsClientAuthorities == nil || tlsCertificate != nil else {
            throw .outOfRange(
                key: "tlsCertificate", value: "not set", expected: "a PEM file beside tlsClientAuthorities")
        }
        try check("port", port, 0...65_535)
        try check("grpcPort", grpcPort, -1...65_535)
        try check("maximumConnections", maximumConnections, 1...1_000_000)
        try check("maximumBodyBytes", maximumBodyBytes, 1024...(1 << 36))
        try check("maximumBufferedBytes", maximumBufferedBytes, maximumBodyBytes...(1 << 40))
        try check("maximumHeaderBytes", maximumHeaderBytes, 1024...(1 << 20))
        try check("maximumHeaderCount", maximumHeaderCount, 16...4096)
        try check("minimumBodyRate", minimumBodyRate, 0...(1 << 30))
        try check("maximumSensors", maximumSensors, 1...10_000)
        try check("sensorInFlight", sensorInFlight, 1...1024)
        try check("sensorBacklog", sensorBacklog, 1...10_000)
        guard cameras.count <= maximumSensors else {
            throw .outOfRange(
                key: "cameras", value: "\(cameras.count)", expected: "at most maximumSensors, \(maximumSensors)")
        }
        if !cameras.isEmpty, let missing = GigECamera.missingLibrary {
            throw .unreadable(key: "cameras", detail: missing)
        }
        try check("maximumWatchers", maximumWatchers, 1...100_000)
        try check("eventBacklog", eventBacklog, 1...100_000)
        try check("pictureQuality", pictureQuality, 1...100)
        try check("headerTimeout", headerTimeout)
        try check("bodyTimeout", bodyTimeout)
        try check("idleTimeout", idleTimeout)
        try check("writeTimeout", writeTimeout)
        try check("sensorIdleTimeout", sensorIdleTimeout)
        try check("heartbeatInterval", heartbeatInterval)
    }

    private func check(_ key: String, _ value: Int, _ range: ClosedRange<Int>) throws(ConfigurationError) {
        guard range.contains(value) else {
            throw .outOfRange(key: key, value: "\(value)", expected: "\(range.lowerBound)…\(range.upperBound)")
        }
    }

    private func check(_ key: String, _ value: Duration) throws(ConfigurationError) {
        guard (Duration.milliseconds(10)...Duration.seconds(86_400)).contains(value) else {
            throw .outOfRange(key: key, value: "\(value)", expected: "0.01…86400 seconds")
        }
    }
}
