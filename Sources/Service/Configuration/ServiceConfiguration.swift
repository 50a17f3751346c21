/// How the HTTP service listens, what it accepts, and how long it waits. Defaults in one place.
package struct ServiceConfiguration: Sendable, Equatable {
    /// Address to listen on.
    package var host = "127.0.0.1"
    /// 0…65535; 0 lets the system choose.
    package var port = 8000
    /// Port of the gRPC side; 0 lets the system choose, -1 is for none.
    package var grpcPort = -1
    /// Whether clients need a key.
    package enum Authentication: String, Sendable, CaseIterable {
        /// They do when others than this machine can connect.
        case auto
        case on
        case off
    }

    package var authentication = Authentication.auto
    /// File of API keys, as `fovea keys` makes it.
    package var keyFile: String?
    /// Signed tokens beside keys, and the audit log.
    package var access = AccessConfiguration()
    /// Traces and metrics.
    package var operations = OperationsConfiguration()
    /// The side that Frigate calls.
    package var frigate = FrigateConfiguration()
    /// PEM files of the certificate chain and its private key; both or none.
    package var tlsCertificate: String?
    package var tlsKey: String?
    /// PEM file of the authorities whose clients are let in; `nil` asks clients for no certificate.
    package var tlsClientAuthorities: String?
    /// Connections held at once; later ones wait in the system's backlog.
    package var maximumConnections = 4096

    /// Bytes of one request body.
    package var maximumBodyBytes = 256 << 20
    /// Bytes of all request bodies held at once, the last frames of sensors included.
    package var maximumBufferedBytes = 1 << 30
    /// Bytes of all header fields of one request together.
    package var maximumHeaderBytes = 32 << 10
    /// Bytes of the request line and of each header field.
    package var maximumHeaderFieldBytes: Int { min(maximumHeaderBytes, 16 << 10) }
    /// Header fields of one request.
    package var maximumHeaderCount = 256

    /// From the first byte of a request to the end of its header.
    package var headerTimeout = Duration.seconds(10)
    /// A body must keep `minimumBodyRate` over each such span.
    package var bodyTimeout = Duration.seconds(10)
    /// Bytes per second.
    package var minimumBodyRate = 1024
    /// How long a connection may stay open between requests.
    package var idleTimeout = Duration.seconds(60)
    /// How long a client may take nothing of what was written for it.
    package var writeTimeout = Duration.seconds(30)

    /// Sensors known at once.
    package var maximumSensors = 64
    /// A sensor without frames for so long makes room for a new one when all places are taken.
    package var sensorIdleTimeout = Duration.seconds(600)
    /// Frames of one sensor in the pipeline at once; more wait as the policy says.
    package var sensorInFlight = 2
    /// Frames of one sensor that may wait when none may be lost.
    package var sensorBacklog = 64
    /// What happens to frames that come faster than they are answered, where the sensor says nothing else.
    package var sensorPolicy = SensorPolicy.latest
    /// Cameras that the service opens itself.
    package var cameras: [CameraSetting] = []
    /// Watchers of one sensor's streams.
    package var maximumWatchers = 64
    /// Events kept for a slow reader of an event stream before the oldest are dropped.
    package var eventBacklog = 64
    /// Time between comments that keep an event stream alive.
    package var heartbeatInterval = Duration.seconds(15)
    /// JPEG quality of annotated pictures, 1…100, where a request names none.
    package var pictureQuality = 85
    /// What may leave and be kept; settings of their own section.
    package var privacy = PrivacyRules()

    package init() {}

    /// Whether clients need a key.
    package var needsKeys: Bool {
        switch authentication {
        case .on: true
        case .off: false
        case .auto: !isLoopback || keyFile != nil || access.tokenKeys != nil
        }
    }

    private var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
