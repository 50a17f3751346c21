import Foundation
import Glibc
import TestSupport
import Testing

/// What a supervisor hears from the service: sd_notify(3).
@Suite(.timeLimit(.minutes(2))) struct SupervisionTests {
    /// A datagram socket as systemd gives it in `NOTIFY_SOCKET`.
    private final class NotifySocket: Sendable {
        let name: String
        private let descriptor: Int32

        init(_ name: String) throws {
            self.name = name
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var path = Array(name.utf8)
            if name.hasPrefix("@") { path[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
            let status = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(status == 0)
            var limit = timeval(tv_sec: 60, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit { close(descriptor) }

        /// The next message; `nil` after a minute.
        func message() async -> String? {
            await onThread { [descriptor] in
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recv(descriptor, &buffer, buffer.count, 0)
                return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
            }
        }
    }

    private static func wordOfTheEnd(_ socket: NotifySocket) async -> Bool {
        while let message = await socket.message() {
            if message.hasPrefix("STOPPING=1") { return true }
        }
        return false
    }

    @Test("tells its supervisor when it is ready, that it lives, and that it ends", arguments: [true, false])
    func notifications(isAbstract: Bool) async throws {
        let folder = try TemporaryDirectory()
        let socket = try NotifySocket(isAbstract ? "@fovea-test-\(getpid())" : folder.path + "/notify")
        let service = try await ServiceProcess(
            environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "4000000"])
        var messages: [String] = []
        while messages.filter({ $0 == "WATCHDOG=1" }).count < 2 || !messages.contains(where: { $0.contains("READY=1") })
        {
            messages.append(try #require(await socket.message()))
        }
        let port = try #require(service.url.split(separator: ":").last)
        #expect(messages.contains("READY=1\nSTATUS=Serving on port \(port)"))
        async let end = Self.wordOfTheEnd(socket)
        #expect(await service.stop() == 0)
        #expect(await end)
    }
}
