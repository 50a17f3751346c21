import Configuration

/// The ZeroMQ side of the service, which Frigate's `zmq` detector calls.
package struct FrigateConfiguration: Sendable, Equatable {
    /// `ipc:///run/fovea/detector` or `tcp://127.0.0.1:5555`; `nil`: there is no such side.
    package var address: String?
    /// The model that answers, whatever Frigate calls its own; `nil`: the default one, if Frigate calls it so.
    package var model: String?
    /// From a request's arrival to its answer; Frigate itself waits 0.2 s by default.
    package var timeout = Duration.seconds(1)

    package init() {}

    /// Reads the settings; what is not set keeps its default.
    ///
    /// | key | type | default |
    /// |---|---|---|
    /// | `frigateAddress` | string: ipc://PATH or tcp://HOST:PORT | none |
    /// | `frigateModel` | string, a model of ours | none: the default model |
    /// | `frigateTimeout` | double, seconds | 1 |
    ///
    /// - Throws: ``ConfigurationError`` naming the key whose value cannot be read.
    init(reader: ConfigReader) throws(ConfigurationError) {
        if let text = reader.string(forKey: "frigateAddress"), !text.isEmpty { address = text }
        if let text = reader.string(forKey: "frigateModel"), !text.isEmpty { model = text }
        if let seconds = reader.double(forKey: "frigateTimeout")
            ?? reader.int(forKey: "frigateTimeout").map(Double.init)
        {
            guard (0.01...3600).contains(seconds) else {
                throw .outOfRange(key: "frigateTimeout", value: "\(seconds)", expected: "0.01…3600 seconds")
            }
            timeout = .seconds(seconds)
        } else if let text = reader.string(forKey: "frigateTimeout") {
            throw .unreadable(key: "frigateTimeout", detail: "'\(text)' is not a number of seconds")
        }
    }

    /// - Parameters:
    ///   - needsKeys: whether the service asks clients for keys, which this protocol cannot carry.
    ///   - isOpen: whether the settings let everybody in.
    func validate(needsKeys: Bool, isOpen: Bool) throws(ConfigurationError) {
        guard let address else { return }
        if let missing = ZeroMQListener.missingLibrary {
            throw .unreadable(key: "frigateAddress", detail: missing)
        }
        if address.hasPrefix("ipc:///"), address.utf8.count > 7 { return }
        guard address.hasPrefix("tcp://"), let port = address.split(separator: ":").last,
            port == "*" || UInt16(port) != nil
        else {
            throw .outOfRange(key: "frigateAddress", value: address, expected: "ipc:///PATH or tcp://HOST:PORT")
        }
        let isLocal = ["tcp://127.", "tcp://[::1]:", "tcp://localhost:"].contains(where: address.hasPrefix)
        guard isOpen || (isLocal && !needsKeys) else {
            throw .outOfRange(
                key: "frigateAddress", value: address,
                expected: "ipc:///PATH, because this protocol carries no keys; the setting auth = off lets everybody in"
            )
        }
    }

    /// Every setting by key, as text.
    var listing: [(key: String, value: String)] {
        let parts = timeout.components
        return [
            ("frigateAddress", address ?? "(none)"), ("frigateModel", model ?? "(the default model)"),
            ("frigateTimeout", "\(Double(parts.seconds) + Double(parts.attoseconds) / 1e18)"),
        ]
    }
}
