#if FOVEA_SERVER
import Glibc
import ServiceLifecycle

/// Tells systemd how the service does, over the datagram socket that `Type=notify` units get (sd_notify(3)).
///
/// Does nothing where there is no such socket.
struct SystemdNotifier: Service {
    private let address: String?
    /// How often the watchdog wants to hear from us: half of what it allows.
    private let watchdogInterval: Duration?

    init(environment: [String: String]) {
        address = environment["NOTIFY_SOCKET"]
        let allowed = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        let isForUs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        watchdogInterval = allowed > 0 && isForUs ? .microseconds(max(1000, allowed / 2)) : nil
    }

    /// Connections are accepted.
    func ready(port: Int) { send("READY=1\nSTATUS=Serving on port \(port)") }

    /// Feeds the watchdog until the service shuts down. A process whose tasks no longer run stops feeding it.
    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                send("WATCHDOG=1")
                try await Task.sleep(for: watchdogInterval ?? .seconds(86_400))
            }
        }
        send("STOPPING=1\nSTATUS=Finishing requests in progress")
    }

    private func send(_ message: String) {
        guard let address, let first = address.utf8.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return }
        var socketAddress = sockaddr_un()
        socketAddress.sun_family = sa_family_t(AF_UNIX)
        var path = Array(address.utf8)
        // An abstract socket: its name begins with a zero byte.
        if first == UInt8(ascii: "@") { path[0] = 0 }
        guard path.count < MemoryLayout.size(ofValue: socketAddress.sun_path) else { return }
        withUnsafeMutableBytes(of: &socketAddress.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(message.utf8)
        // A supervisor that does not read must not hold the service up.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        withUnsafePointer(to: &socketAddress) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(
                    descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
    }
}
#endif
