import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A service that takes frames as a test wants it to.
final class FakeIngest: Sendable {
    enum Reply: Sendable {
        case answer(status: Int = 200, body: String = "{}", headers: [String: String] = [:], after: Duration = .zero)
        /// Hangs up without a word.
        case close
        case silence
    }

    struct Request: Sendable {
        var uri: String
        var headers: HTTPHeaders
        var body: [UInt8]
        /// Which connection it came on, counted from 0.
        var connection: Int

        var sequence: Int? { headers.first(name: "Fovea-Sequence").flatMap { Int($0) } }
    }

    private struct State {
        var requests: [Request] = []
        var connections = 0
        var underWay = 0
        var mostUnderWay = 0
    }

    private let state = Mutex(State())
    private let channel: any Channel
    let port: Int

    /// - Parameter reply: what to do with request number n, counted from 0.
    private init(
        port: Int, reply: @escaping @Sendable (Int) -> Reply
    ) async throws {
        let handlers = HandlerFactory(reply: reply)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(handlers.make())
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
        handlers.owner.withLock { $0 = self }
    }

    /// Runs `body` beside a server, which is gone afterwards.
    static func serving<Result>(
        port: Int = 0, _ reply: @escaping @Sendable (Int) -> Reply, _ body: (FakeIngest) async throws -> Result
    ) async throws -> Result {
        let server = try await FakeIngest(port: port, reply: reply)
        do {
            let result = try await body(server)
            try await server.channel.close()
            return result
        } catch {
            try? await server.channel.close()
            throw error
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }
    var mostUnderWay: Int { state.withLock { $0.mostUnderWay } }

    fileprivate func connected() -> Int {
        state.withLock {
            $0.connections += 1
            return $0.connections - 1
        }
    }

    fileprivate func received(_ request: Request) -> Int {
        state.withLock {
            $0.requests.append(request)
            $0.underWay += 1
            $0.mostUnderWay = max($0.mostUnderWay, $0.underWay)
            return $0.requests.count - 1
        }
    }

    fileprivate func settled() { state.withLock { $0.underWay -= 1 } }

    private final class HandlerFactory: Sendable {
        let owner = Mutex<FakeIngest?>(nil)
        let reply: @Sendable (Int) -> Reply

        init(reply: @escaping @Sendable (Int) -> Reply) { self.reply = reply }

        func make() -> IngestHandler { IngestHandler(owner: { self.owner.withLock { $0 } }, reply: reply) }
    }
}

private final class IngestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let owner: () -> FakeIngest?
    private let reply: @Sendable (Int) -> FakeIngest.Reply
    private var connection = 0
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(owner: @escaping () -> FakeIngest?, reply: @escaping @Sendable (Int) -> FakeIngest.Reply) {
        self.owner = owner
        self.reply = reply
    }

    func channelActive(context: ChannelHandlerContext) { connection = owner()?.connected() ?? 0 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body += Array(part.readableBytesView)
        case .end:
            guard let head, let owner = owner() else { return }
            let number = owner.received(
                FakeIngest.Request(uri: head.uri, headers: head.headers, body: body, connection: connection))
            switch reply(number) {
            case .silence: break
            case .close:
                owner.settled()
                context.close(promise: nil)
            case .answer(let status, let body, let headers, let delay):
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
                    let (handler, context) = bound.value
                    owner.settled()
                    handler.write(status, body, headers, to: context)
                }
            }
        }
    }

    private func write(_ status: Int, _ body: String, _ headers: [String: String], to context: ChannelHandlerContext) {
        var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
        fields.add(name: "Content-Length", value: "\(body.utf8.count)")
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
