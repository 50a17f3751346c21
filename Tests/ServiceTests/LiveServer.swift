import Glibc
import Logging
import Service
import ServiceLifecycle
import Store
import Synchronization
import TestSupport
import Vision

/// Runs a service on a port of its own while `body` runs, then stops it in order.
func withLiveServer<Value: Sendable>(
    _ analyzer: FakeAnalyzer = FakeAnalyzer(), configuration: ServiceConfiguration = .init(),
    store: StoreConfiguration = .init(),
    _ body: @escaping @Sendable (LiveServer) async throws -> Value
) async throws -> Value {
    var configuration = configuration
    configuration.port = 0
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let service = try FoveaService(
        analyzer: analyzer, configuration: configuration, store: store, build: .init(version: "1.2.3", isa: "avx2"),
        logger: .silent,
        onListening: { port.yield($0) })
    let group = ServiceGroup(configuration: .init(services: [service], logger: .silent))
    return try await withThrowingTaskGroup(of: Value?.self) { tasks in
        tasks.addTask {
            try await group.run()
            return nil
        }
        var iterator = ports.makeAsyncIterator()
        let server = LiveServer(port: await iterator.next() ?? 0, group: group)
        let result: Result<Value, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return try result.get()
    }
}

struct LiveServer: Sendable {
    let port: Int
    let group: ServiceGroup

    func connect() throws -> RawSocket { try RawSocket(port: port) }

    /// One request on a connection of its own.
    func exchange(_ request: String, body: [UInt8] = []) async throws -> String {
        let socket = try connect()
        socket.send(request)
        socket.send(body)
        return await socket.readResponse()
    }
}

struct SocketError: Error {
    var call: String
    var code: Int32
}

/// A client socket that sends exactly the bytes it is told to. Blocking calls run on threads of their own.
final class RawSocket: Sendable {
    private let descriptor: Int32
    private let isClosed = Mutex(false)

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError(call: "socket", code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw SocketError(call: "connect", code: errno) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close() }

    /// Tells the other side that nothing more will be sent.
    func closeSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func close() {
        isClosed.withLock { closed in
            if !closed { Glibc.close(descriptor) }
            closed = true
        }
    }

    /// - Returns: whether all bytes were taken.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                let rest = UnsafeRawBufferPointer(rebasing: $0[sent...])
                return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Some bytes; `nil` at the end, on an error, and after 20 seconds.
    func read() async -> [UInt8]? {
        let descriptor = descriptor
        return await onThread {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return count > 0 ? Array(buffer[..<count]) : nil
        }
    }

    /// Everything up to the end of the connection.
    func readToEnd() async -> String {
        var all: [UInt8] = []
        while let bytes = await read() { all += bytes }
        return String(decoding: all, as: UTF8.self)
    }

    /// Reads until the text so far satisfies `condition`, or the end.
    func read(until condition: (String) -> Bool) async -> String {
        var all: [UInt8] = []
        while !condition(String(decoding: all, as: UTF8.self)), let bytes = await read() { all += bytes }
        return String(decoding: all, as: UTF8.self)
    }

    /// A response whose length its header tells.
    func readResponse() async -> String {
        await read { text in
            guard let end = text.range(of: "\r\n\r\n") else { return false }
            let header = text[..<end.lowerBound].lowercased()
            guard let field = header.range(of: "content-length: ") else { return header.contains(" 204 ") }
            let length = Int(header[field.upperBound...].prefix { $0.isNumber }) ?? 0
            return text[end.upperBound...].utf8.count >= length
        }
    }
}

extension String {
    func range(of needle: String) -> Range<String.Index>? { firstRange(of: needle) }
}

/// Waits until `condition` holds; `false` after ten seconds.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<1000 {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}
