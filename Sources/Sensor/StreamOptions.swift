import FoundationEssentials

/// Where and how a sensor streams.
package struct StreamOptions: Sendable {
    /// Address of the service, such as `http://127.0.0.1:8000`.
    package var url: String
    /// The name that the service knows the sensor by: 1 to 64 letters, digits, `.`, `_`, `-`.
    package var sensor: String
    package var framesPerSecond: Double
    /// Frames to take; `nil`: until cancelled.
    package var frameLimit: UInt64?
    /// Frames that may be under way at a time.
    package var inFlight = 2
    /// How long a frame may take from sending to answer.
    package var timeout: Duration = .seconds(30)
    /// How long to try before giving up on a service that was never there.
    package var patience: Duration = .seconds(10)
    /// First and longest wait before connecting again; it doubles from one failure to the next.
    package var backoff: ClosedRange<Duration> = .milliseconds(100)...(.seconds(5))
    /// Rejected frames in a row after which the stream ends.
    package var rejectionLimit = 3
    /// What goes wrong with the frames.
    package var faults = FaultSource(FaultPlan())
    /// Header fields for every request, such as `Authorization`.
    package var headers: [String: String] = [:]

    package init(url: String, sensor: String, framesPerSecond: Double, frameLimit: UInt64? = nil) {
        self.url = url
        self.sensor = sensor
        self.framesPerSecond = framesPerSecond
        self.frameLimit = frameLimit
    }

    /// The address that frames go to.
    ///
    /// - Throws: `badURL`, or `badOption` for any other option out of range.
    func endpoint() throws(SensorError) -> String {
        guard let parsed = URL(string: url), let scheme = parsed.scheme?.lowercased() else {
            throw .badURL(url: url, detail: "write it like http://127.0.0.1:8000")
        }
        guard scheme == "http" || scheme == "https" else {
            throw .badURL(url: url, detail: "'\(scheme)' is not http or https")
        }
        guard let host = parsed.host(), !host.isEmpty else { throw .badURL(url: url, detail: "names no host") }
        guard parsed.query() == nil, parsed.fragment() == nil else {
            throw .badURL(url: url, detail: "must end before '?' and '#'")
        }
        if let port = parsed.port, !(1...65_535).contains(port) {
            throw .badURL(url: url, detail: "port must be 1 to 65535, is \(port)")
        }
        let isName = sensor.utf8.allSatisfy { byte in
            byte < 128
                && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-"))
        }
        guard isName, (1...64).contains(sensor.utf8.count) else {
            throw .badOption(name: "id", detail: "must be 1 to 64 letters, digits, '.', '_' or '-'")
        }
        guard framesPerSecond >= 0.001, framesPerSecond <= 10_000 else {
            throw .badOption(name: "fps", detail: "must be 0.001 to 10000, is \(framesPerSecond)")
        }
        guard (1...256).contains(inFlight) else {
            throw .badOption(name: "in-flight", detail: "must be 1 to 256, is \(inFlight)")
        }
        guard rejectionLimit >= 1 else { throw .badOption(name: "rejection limit", detail: "must be at least 1") }
        guard frameLimit != 0 else { throw .badOption(name: "frames", detail: "must be at least 1") }
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        return "\(base)/v1/sensors/\(sensor)/frames"
    }
}
