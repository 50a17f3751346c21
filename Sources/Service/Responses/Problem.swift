import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

/// An error as clients see it: RFC 9457's `application/problem+json`, with the member `error` that inference clients
/// read.
struct Problem: Error, Sendable {
    var status: HTTPResponse.Status
    /// Last part of the type URN, in words with hyphens.
    var name: String
    /// For the client: what is wrong and what would be right.
    var detail: String
    /// The header, option, or format field at fault.
    var field: String?
    /// The limit that was overstepped, and by what.
    var limit: Int?
    var value: Int?
    /// Seconds after which trying again makes sense.
    var retryAfter: Int?
    /// `WWW-Authenticate` of a 401.
    var challenge: String?
    /// `Allow` of a 405.
    var allowed: [HTTPRequest.Method] = []
    /// For the log only.
    var internalDetail: String?

    init(
        _ status: HTTPResponse.Status, _ name: String, _ detail: String, field: String? = nil, limit: Int? = nil,
        value: Int? = nil, retryAfter: Int? = nil, internalDetail: String? = nil
    ) {
        self.status = status
        self.name = name
        self.detail = detail
        self.field = field
        self.limit = limit
        self.value = value
        self.retryAfter = retryAfter
        self.internalDetail = internalDetail
    }

    private struct Members: Encodable {
        var type: String
        var title: String
        var status: Int
        var detail: String
        var instance: String?
        var error: String
        var requestId: String
        var field: String?
        var limit: Int?
        var value: Int?
    }

    /// The response that carries the problem. `instance` is the request's path, where there was one.
    func response(instance: String?, requestID: String) -> Response {
        var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        if let challenge { headers[.wwwAuthenticate] = challenge }
        if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
        if !allowed.isEmpty { headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ") }
        let body = body(instance: instance, requestID: requestID)
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// The problem as one line of JSON.
    func body(instance: String?, requestID: String) -> ByteBuffer {
        let members = Members(
            type: "urn:fovea:problem:\(name)", title: status.reasonPhrase, status: status.code, detail: detail,
            instance: instance, error: detail, requestId: requestID, field: field, limit: limit, value: value)
        return (try? JSONBody.encode(members)) ?? ByteBuffer()
    }
}

extension Problem {
    static func malformed(_ detail: String, field: String? = nil) -> Problem {
        Problem(.badRequest, "malformed", detail, field: field)
    }

    static func badOption(_ field: String, _ detail: String) -> Problem {
        Problem(.badRequest, "bad-option", "\(field): \(detail)", field: field)
    }

    static func bodyTooLarge(limit: Int, value: Int) -> Problem {
        Problem(
            .contentTooLarge, "too-large", "the body has at least \(value) bytes, the limit is \(limit)", field: "body",
            limit: limit, value: value)
    }

    static func tooMany(_ what: String, limit: Int, value: Int) -> Problem {
        Problem(
            .contentTooLarge, "too-large", "\(what) is \(value), the limit is \(limit)", field: what, limit: limit,
            value: value)
    }

    static func bodyEndedEarly(expected: Int, found: Int) -> Problem {
        var problem = malformed("the body ended after \(found) of \(expected) bytes", field: "body")
        problem.name = Self.bodyLostName
        return problem
    }

    /// The connection broke, or what came over it was not HTTP.
    static func bodyUnreadable(_ reason: String) -> Problem {
        Problem(
            .badRequest, Self.bodyLostName, "the body could not be read to its end", field: "body",
            internalDetail: reason)
    }

    static func slowBody(_ error: SlowBodyError) -> Problem {
        Problem(
            .requestTimeout, "too-slow", "the body came too slowly: \(error.received) bytes in \(Int(error.seconds)) s",
            field: "body")
    }

    static func overloaded(_ detail: String, retryAfter: Int) -> Problem {
        Problem(.tooManyRequests, "overloaded", detail, retryAfter: retryAfter)
    }

    static func unsupportedMediaType(_ detail: String) -> Problem {
        Problem(.unsupportedMediaType, "unsupported-media-type", detail, field: "Content-Type")
    }

    static func notFound(_ detail: String) -> Problem { Problem(.notFound, "not-found", detail) }

    /// 499: the client closed the connection before there was an answer; it will not see this.
    static var clientGone: Problem {
        Problem(
            HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"), "client-gone",
            "the client closed the connection before the answer")
    }

    static let bodyLostName = "body-lost"
}
