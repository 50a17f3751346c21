import Aitrios
import Codecs
import Graph
import HTTPTypes
import Hummingbird
import ISP
import Pipeline
import ServiceLifecycle
import Store
import Vision

/// The one place that turns errors into HTTP: status, public words, and what is only logged.
extension Problem {
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as CodecError: self.init(codec: error)
        case let error as ISPError: self.init(isp: error)
        case let error as GraphError: self.init(graph: error)
        case let error as PipelineError: self.init(pipeline: error)
        case is CancellationError: self = .cancelled
        case let error as AitriosError: self.init(aitrios: error)
        case VisionError.badSensorAnswer(let detail): self = .malformed(detail, field: "body")
        case let error as VisionError: self.init(.unprocessableContent, "model-mismatch", error.description)
        case StoreError.full:
            self.init(
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), "store-full",
                "the result cannot be stored: the service's disk is full", internalDetail: "\(error)")
        case let error as HTTPError: self.init(http: error)
        default: self = .ours(error)
        }
    }

    private init(codec error: CodecError) {
        let detail = error.description
        switch error {
        case .malformed(_, let field, _): self = .malformed(detail, field: field)
        case .unsupported(_, let field, _): self.init(.unsupportedMediaType, "unsupported", detail, field: field)
        case .limitExceeded(_, let field, let limit, let value):
            self.init(.contentTooLarge, "too-large", detail, field: field, limit: limit, value: value)
        case .argument(let field, _): self.init(.badRequest, "bad-argument", detail, field: field)
        case .unrecognised: self.init(.unsupportedMediaType, "unrecognised", detail)
        }
    }

    private init(aitrios error: AitriosError) {
        switch error {
        case .malformed(let field, _): self = .malformed(error.description, field: field)
        case .limitExceeded(let field, let limit, let value):
            self.init(.contentTooLarge, "too-large", error.description, field: field, limit: limit, value: value)
        case .unsupported(let field, _):
            self.init(.unsupportedMediaType, "unsupported", error.description, field: field)
        }
    }

    private init(isp error: ISPError) {
        let detail = error.description
        switch error {
        case .argument(let field, _): self.init(.unprocessableContent, "frame-mismatch", detail, field: field)
        case .unsupported(let field, _): self.init(.unprocessableContent, "unsupported", detail, field: field)
        case .profile: self = .ours(error)
        case .cancelled: self = .cancelled
        }
    }

    private init(graph error: GraphError) {
        switch error {
        case .mismatch, .badInput: self.init(.unprocessableContent, "model-mismatch", error.description)
        case .limitExceeded(let what, let limit, let value):
            self.init(.contentTooLarge, "too-large", error.description, field: what, limit: limit, value: value)
        case .unsupportedOperator, .unsupported, .malformed, .format: self = .ours(error)
        case .cancelled: self = .cancelled
        }
    }

    private init(pipeline error: PipelineError) {
        let detail = error.description
        switch error {
        case .overloaded(let limit, let retryAfter):
            self = .overloaded(detail, retryAfter: max(1, retryAfter))
            self.limit = limit
        case .deadlineExceeded(let milliseconds):
            self.init(.gatewayTimeout, "deadline", detail, limit: milliseconds)
        case .shuttingDown: self = .shuttingDown
        case .unknownModel: self.init(.unprocessableContent, "unknown-model", detail, field: "model")
        case .unknownProfile: self.init(.unprocessableContent, "unknown-profile", detail, field: "profile")
        case .unknownClass: self.init(.unprocessableContent, "unknown-class", detail, field: "classes")
        case .badOption(let name, _): self.init(.badRequest, "bad-option", detail, field: name)
        case .withheld: self.init(.forbidden, "privacy", detail, field: "privacy")
        case .unmaskable: self.init(.unprocessableContent, "unmaskable", detail, field: "privacy")
        case .badModel: self = .ours(error)
        }
    }

    private init(http error: HTTPError) {
        switch error.status {
        case .notFound: self = .notFound("there is nothing at this address; see /openapi.json")
        default:
            self.init(
                error.status, "http-\(error.status.code)",
                error.status.code < 500 ? error.body ?? error.status.reasonPhrase : Self.oursDetail,
                internalDetail: error.description)
        }
    }

    /// Work was cancelled: the service stops, or else the client has gone.
    private static var cancelled: Problem { Task.isShuttingDownGracefully ? .shuttingDown : .clientGone }

    static var shuttingDown: Problem {
        Problem(.serviceUnavailable, "shutting-down", PipelineError.shuttingDown.description, retryAfter: 5)
    }

    /// Our fault: the client gets no internals, the log gets all.
    private static func ours(_ error: any Error) -> Problem {
        Problem(.internalServerError, "internal", Self.oursDetail, internalDetail: "\(type(of: error)): \(error)")
    }

    private static let oursDetail = "the service failed on this request; its log has the reason under the request id"
}

/// Why a frame got no answer, as counters name it.
enum DropReason: String, CaseIterable, Sendable {
    /// The frame or what was said about it cannot be used.
    case malformed
    /// What arrived is not what the sensor sent: bytes were lost or changed on the way.
    case incomplete
    /// Queue or memory full.
    case overloaded
    /// A newer frame of the same sensor took its place.
    case superseded
    /// The client went away before the answer.
    case disconnected
    /// Not answered in time.
    case deadline
    /// The service is stopping.
    case shutdown
    /// Our fault.
    case failed

    init(_ problem: Problem) {
        switch (problem.name, problem.status.code) {
        case ("superseded", _): self = .superseded
        case (ContentDigest.mismatchName, _), (Problem.incompleteName, _): self = .incomplete
        case (Problem.bodyLostName, _), (_, 499): self = .disconnected
        case ("too-slow", _), (_, 504): self = .deadline
        case (_, 429): self = .overloaded
        case (_, 503): self = .shutdown
        case (_, 400..<500): self = .malformed
        default: self = .failed
        }
    }
}

extension Problem {
    static let incompleteName = "incomplete-frame"

    /// A frame of which not all came.
    static func incompleteFrame(_ detail: String) -> Problem { Problem(.badRequest, incompleteName, detail) }
}
