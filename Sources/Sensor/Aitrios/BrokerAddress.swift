import FoundationEssentials

/// Where an MQTT broker is: `mqtt://[user:password@]host[:port]`, or `mqtts://…` for one that speaks TLS.
package struct BrokerAddress: Sendable, Equatable {
    /// Files in PEM by which the two ends of a connection with TLS know each other.
    package struct Trust: Sendable, Equatable {
        /// The authorities that may have signed the broker's certificate; `nil`: those that the system trusts.
        package var authorities: String?
        /// The device's own certificate and its key; both or neither.
        package var certificate: String?
        package var key: String?

        package init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
            self.authorities = authorities
            self.certificate = certificate
            self.key = key
        }
    }

    package var host: String
    package var port: Int
    package var user: String?
    package var password: String?
    /// Whether it speaks TLS. The broker's certificate must then be good for `host`.
    package var isSecure: Bool
    package var trust: Trust

    /// - Throws: `badURL`, also when `trust` is half of a certificate or given for a connection in the clear.
    package init(_ text: String, trust: Trust = Trust()) throws(SensorError) {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["mqtt", "mqtts"].contains(scheme),
            let host = url.host(), !host.isEmpty, url.path().isEmpty || url.path() == "/", url.query() == nil
        else { throw .badURL(url: text, detail: "write it like mqtt://127.0.0.1:1883 or mqtts://HOST:8883") }
        isSecure = scheme == "mqtts"
        let port = url.port ?? (isSecure ? 8883 : 1883)
        guard (1...65_535).contains(port) else {
            throw .badURL(url: text, detail: "port must be 1 to 65535, is \(port)")
        }
        guard isSecure || trust == Trust() else {
            throw .badURL(url: text, detail: "certificates are for mqtts:// only")
        }
        guard (trust.certificate == nil) == (trust.key == nil) else {
            throw .badURL(url: text, detail: "a device's certificate needs its key, and the key its certificate")
        }
        self.host = host
        self.port = port
        self.trust = trust
        user = url.user()
        password = url.password()
    }
}
