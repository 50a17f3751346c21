import NIOCore
import NIOHTTP1

/// Sits next to the socket and sees every byte: closes connections whose clients send or take too slowly, and tells
/// the request's task when the client goes.
///
/// The HTTP layer above closes idle connections, but a client that drips header bytes, body bytes, or reads nothing
/// of a large answer looks busy to it.
final class ConnectionWatchHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Limits: Sendable {
        var headerTimeout: TimeAmount
        var bodyTimeout: TimeAmount
        var minimumBodyRate: Int
        var writeTimeout: TimeAmount
        var lingerTimeout: TimeAmount = .seconds(5)

        init(_ configuration: ServiceConfiguration) {
            headerTimeout = TimeAmount(configuration.headerTimeout)
            bodyTimeout = TimeAmount(configuration.bodyTimeout)
            minimumBodyRate = configuration.minimumBodyRate
            writeTimeout = TimeAmount(configuration.writeTimeout)
        }

        enum Verdict {
            case goOn
            /// The body was fast enough; its rate is taken anew.
            case newSpan
            case tooSlow(SlowBodyError)
            case close
        }

        /// What is to be done about a connection or stream that stands in `phase`.
        func verdict(_ phase: ConnectionWatch.Phase, at now: NIODeadline) -> Verdict {
            switch phase {
            case .header(let since): return now - since > headerTimeout ? .close : .goOn
            case .lingering(let since): return now - since > lingerTimeout ? .close : .goOn
            case .body(let since, let received):
                let elapsed = now - since
                guard elapsed >= bodyTimeout else { return .goOn }
                let seconds = Double(elapsed.nanoseconds) / 1e9
                guard Double(received) < Double(minimumBodyRate) * seconds else { return .newSpan }
                return .tooSlow(SlowBodyError(seconds: seconds, received: received))
            case .idle, .answering: return .goOn
            }
        }

        /// How often to look; a limit is overstepped by at most this much.
        var interval: TimeAmount {
            let shortest = min(headerTimeout, bodyTimeout, writeTimeout, lingerTimeout)
            return max(.milliseconds(20), min(.seconds(2), .nanoseconds(shortest.nanoseconds / 4)))
        }
    }

    let watch = ConnectionWatch()
    private let limits: Limits
    private var timer: RepeatedTask?
    private var written = 0
    private var flushed = 0
    private var flushedAt = NIODeadline.now()
    /// Whether anything of the answer to the present request has been written.
    private var answerHasBegun = false
    private var isHTTP10 = false

    init(limits: Limits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleRepeatedTask(initialDelay: limits.interval, delay: limits.interval) { _ in
            let (handler, context) = bound.value
            handler.check(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        watch.close()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if watch.phase == .idle {
            answerHasBegun = false
            let line = buffer.readableBytesView.prefix { $0 != UInt8(ascii: "\n") }
            isHTTP10 = String(decoding: line.suffix(9), as: UTF8.self).hasPrefix("HTTP/1.0")
        }
        watch.received(buffer.readableBytes)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written += unwrapOutboundIn(data).readableBytes
        answerHasBegun = true
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { inputClosed(context) }
        context.fireUserInboundEventTriggered(event)
    }

    /// The client sends no more: it has gone, or it only waits for its answer (`nc -N`). Both look the same from here, so
    /// a client that has sent all of its request is written an interim answer, which everyone skips: one that has gone
    /// resets the connection. An answer that has begun tells by itself.
    private func inputClosed(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch.inputClosed { [eventLoop = context.eventLoop] in
            eventLoop.execute {
                let (handler, context) = bound.value
                guard !handler.answerHasBegun, !handler.isHTTP10 else { return handler.watch.close() }
                handler.writeContinue(context, promise: nil)
            }
        }
    }

    private func writeContinue(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let interim = context.channel.allocator.buffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(interim), promise: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is ContinueEvent else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        writeContinue(context, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        watch.close()
        context.fireChannelInactive()
    }

    private func check(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        if writeStalled(context, now) {
            context.close(promise: nil)
            return
        }
        switch limits.verdict(watch.phase, at: now) {
        case .goOn: break
        case .newSpan: watch.restartBodySpan()
        case .close: context.close(promise: nil)
        case .tooSlow(let error): context.fireErrorCaught(error)
        }
    }

    /// Whether bytes wait to be sent and none has gone for `writeTimeout`.
    private func writeStalled(_ context: ChannelHandlerContext, _ now: NIODeadline) -> Bool {
        let pending = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let sent = written - pending
        guard pending > 0, sent == flushed else {
            flushed = sent
            flushedAt = now
            return false
        }
        return now - flushedAt > limits.writeTimeout
    }
}

/// Asks the connection's ``ConnectionWatchHandler`` for an interim answer: the client waits for it before it sends
/// its body.
struct ContinueEvent: Sendable {}

/// The body came more slowly than the configured rate.
struct SlowBodyError: Error, Equatable {
    var seconds: Double
    var received: Int
}

/// Puts a ``ConnectionWatchHandler`` in front of the handlers of HTTP/1.1, where there are bytes, and a ``StreamWatchHandler`` in each
/// stream of HTTP/2.
final class ConnectionWatchInstaller: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let limits: ConnectionWatchHandler.Limits

    init(limits: ConnectionWatchHandler.Limits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        do {
            let pipeline = context.pipeline.syncOperations
            // A stream's parent is a connection, a connection's the listening socket.
            guard context.channel.parent?.parent == nil else {
                try pipeline.addHandler(StreamWatchHandler(limits: limits), position: .before(self))
                return
            }
            let codec = try pipeline.handler(type: HTTPResponseEncoder.self)
            try pipeline.addHandler(ConnectionWatchHandler(limits: limits), position: .before(codec))
            // Frames are megabytes: reads grow to 1 MiB where they keep filling their buffer.
            try context.channel.syncOptions?.setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 16 << 10, maximum: 1 << 20))
        } catch {
            context.fireErrorCaught(error)
        }
    }
}
