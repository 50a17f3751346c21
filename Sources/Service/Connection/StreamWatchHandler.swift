import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// ``ConnectionWatchHandler`` for one stream of HTTP/2: ends streams whose clients send or take too slowly, and tells the request's
/// task when the client gives the stream up.
final class StreamWatchHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    let watch = ConnectionWatch()
    private let limits: ConnectionWatchHandler.Limits
    private var timer: RepeatedTask?
    /// Writes that the client has not made room for yet.
    private var unsent = 0
    private var sentAt = NIODeadline.now()

    init(limits: ConnectionWatchHandler.Limits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleRepeatedTask(initialDelay: limits.interval, delay: limits.interval) { _ in
            let (handler, context) = bound.value
            handler.check(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    private func stop() {
        timer?.cancel()
        timer = nil
        watch.close()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: watch.received(0)
        case .body(let buffer): watch.received(buffer.readableBytes)
        case .end: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if unsent == 0 { sentAt = .now() }
        unsent += 1
        let promise = promise ?? context.eventLoop.makePromise()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        promise.futureResult.whenComplete { _ in
            let handler = bound.value
            handler.unsent -= 1
            handler.sentAt = .now()
        }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The connection tells its client to go elsewhere and ends when its last stream has; the server's own handler would close
        // this stream with the answer still in it.
        if event is ChannelShouldQuiesceEvent { return }
        context.fireUserInboundEventTriggered(event)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is ContinueEvent else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: promise)
    }

    private func check(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        guard unsent == 0 || now - sentAt <= limits.writeTimeout else { return context.close(promise: nil) }
        switch limits.verdict(watch.phase, at: now) {
        case .goOn: break
        case .newSpan: watch.restartBodySpan()
        case .close: context.close(promise: nil)
        case .tooSlow(let error): context.fireErrorCaught(error)
        }
    }
}
