import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Answers what the HTTP parser refuses with a problem, counted and logged like any other request, and closes the
/// connection.
///
/// Such a request reaches no route: the parser gives no header to make one from. An error inside a body belongs to a
/// request that is being answered already, and goes on to it. Sits between the HTTP codec and the server's handlers.
final class ProtocolErrorHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    struct Surroundings: Sendable {
        var configuration: ServiceConfiguration
        var metrics: ServiceMetrics
        var serverName: String
        var logger: Logger
    }

    private let surroundings: Surroundings
    /// Requests whose header was read and whose answer is not complete.
    private var unanswered = 0
    private var isInBody = false
    /// Waits for the answers of requests that came before it on the connection.
    private var pending: HTTPParserError?
    private var isFinished = false

    init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            isInBody = true
        case .body: break
        case .end: isInBody = false
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isFinished else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        let part = unwrapOutboundIn(data)
        context.write(data, promise: promise)
        guard case .end = part else { return }
        unanswered -= 1
        if unanswered == 0, let error = pending { answer(error, context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, !isInBody else {
            context.fireErrorCaught(error)
            return
        }
        guard !isFinished, pending == nil else { return }
        if unanswered == 0 { answer(error, context) } else { pending = error }
    }

    private func answer(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
        isFinished = true
        pending = nil
        let problem = Problem(parser: error, limits: surroundings.configuration)
        let requestID = "\(RequestID())"
        let response = problem.response(instance: nil, requestID: requestID)
        var head = response.head
        head.headerFields[.requestID] = requestID
        head.headerFields[.contentTypeOptions] = "nosniff"
        head.headerFields[.connection] = "close"
        head.headerFields[.server] = surroundings.serverName
        head.headerFields[.date] = HTTPDate.text(Date())
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(problem.body(instance: nil, requestID: requestID))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // A close with unread bytes would take the answer back from a client that still sends; the watch closes later.
        context.close(mode: .output, promise: nil)
        let watch = try? context.pipeline.syncOperations.handler(type: ConnectionWatchHandler.self).watch
        watch?.endRequest(bodyWasRead: false)
        record(problem, requestID: requestID)
    }

    private func record(_ problem: Problem, requestID: String) {
        surroundings.metrics.requestBegan()
        surroundings.metrics.requestEnded(method: "other", route: "none", status: problem.status.code, duration: .zero)
        surroundings.logger.info(
            "request",
            metadata: [
                "request_id": "\(requestID)", "status": "\(problem.status.code)", "problem": "\(problem.name)",
            ])
    }
}

extension Problem {
    /// What the parser of HTTP/1.1 found wrong, in words that name the limit.
    init(parser error: HTTPParserError, limits: ServiceConfiguration) {
        switch error {
        case .headerOverflow:
            self.init(
                HTTPResponse.Status(code: 431, reasonPhrase: "Request Header Fields Too Large"), "header-too-large",
                "the request line and header may have \(limits.maximumHeaderBytes) bytes in "
                    + "\(limits.maximumHeaderCount) fields, each of at most \(limits.maximumHeaderFieldBytes) bytes",
                field: "header", limit: limits.maximumHeaderBytes)
        case .invalidMethod: self = .unknownMethod
        case .invalidVersion:
            self.init(
                HTTPResponse.Status(code: 505, reasonPhrase: "HTTP Version Not Supported"), "http-version",
                "the service speaks HTTP/1.0 and HTTP/1.1")
        case .invalidURL: self = .malformed("the request target is no URL", field: "target")
        case .invalidContentLength, .unexpectedContentLength:
            self = .malformed("Content-Length is no number, or contradicts another field", field: "Content-Length")
        case .invalidHeaderToken: self = .malformed("the header has a character that none may have", field: "header")
        default: self = .malformed("the request is not HTTP/1.1", field: "request")
        }
    }

    static let unknownMethod = Problem(.notImplemented, "unknown-method", "the service knows no such method")
}
