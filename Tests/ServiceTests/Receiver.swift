import Glibc
import Synchronization
import TestSupport

/// An HTTP server of one's own on this machine: keeps what it was sent and answers with the statuses it was given, the last
/// one for ever. Its calls block, so they run on a thread.
final class Receiver: Sendable {
    private let listener: Int32
    let port: Int
    private let received = Mutex<[String]>([])

    var url: String { "http://127.0.0.1:\(port)" }
    var calls: [String] { received.withLock { $0 } }

    init(statuses: [Int]) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, length) == 0, listen(descriptor, 8) == 0 else { return Int32(-1) }
                return getsockname(descriptor, address, &length)
            }
        }
        guard status == 0 else { throw SocketError(call: "bind", code: errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Task { [self] in await onThread { self.serve(statuses) } }
    }

    private func serve(_ statuses: [Int]) {
        for number in 0... {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            let text = Self.request(connection)
            received.withLock { $0.append(text) }
            let status = statuses[min(number, statuses.count - 1)]
            let location = status == 302 ? "Location: \(url)/elsewhere\r\n" : ""
            let answer = "HTTP/1.1 \(status) X\r\n\(location)Content-Length: 0\r\nConnection: close\r\n\r\n"
            _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
            close(connection)
            // Nobody calls again after the last one.
            if number == statuses.count - 1 { break }
        }
        close(listener)
    }

    /// One request with its body, by its Content-Length.
    private static func request(_ connection: Int32) -> String {
        var bytes: [UInt8] = []
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let field = text.lowercased().range(of: "content-length: ")
                let length = field.flatMap { Int(text.lowercased()[$0.upperBound...].prefix { $0.isNumber }) } ?? 0
                if text[end.upperBound...].utf8.count >= length { return text }
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return text }
            bytes += buffer[..<count]
        }
    }
}
