import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Tensors

/// What came of sending one frame.
enum IngestOutcome: Sendable {
    case answered([UInt8])
    case refused(retryAfter: Duration, detail: String)
    case rejected(status: Int, detail: String)
    case failed(detail: String)
    case timedOut
    case disconnected(detail: String)
    case cancelled

    /// Whether the service was there to say something.
    var isReply: Bool {
        switch self {
        case .answered, .refused, .rejected, .failed, .timedOut: true
        case .disconnected, .cancelled: false
        }
    }
}

/// Sends frames to one address, one to a request, over connections that stay open.
struct IngestClient: Sendable {
    let client: HTTPClient
    let endpoint: String
    let headers: HTTPHeaders
    let timeout: Duration

    /// An answer longer than this is not read to its end.
    private static let answerLimit = 16 << 20
    private static let longestRetryAfter = 60

    static func configuration(inFlight: Int) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = inFlight
        // The streamer has its own way of waiting: a failed attempt is to be known at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// - Parameter breaksAfter: bytes of the frame after which the connection is broken on purpose.
    func send(
        _ frame: SensorFrame, sequence: UInt64, timestamp: UInt64, breaksAfter: Int? = nil
    ) async -> IngestOutcome {
        var request = HTTPClientRequest(url: endpoint)
        request.method = .POST
        request.headers = headers
        request.headers.add(name: "Content-Type", value: frame.contentType)
        request.headers.add(name: "Accept", value: "application/json")
        for field in frame.fields { request.headers.add(name: field.name, value: field.value) }
        request.headers.add(name: "Fovea-Sequence", value: "\(sequence)")
        request.headers.add(name: "Fovea-Timestamp", value: "\(timestamp)")
        if let digest = frame.digest {
            request.headers.add(name: "Content-Digest", value: "sha-256=:\(Data(digest).base64EncodedString()):")
        }
        let body = withExtendedLifetime(frame.storage) { ByteBuffer(bytes: frame.storage.bytes[frame.range]) }
        if let breaksAfter, let start = body.getSlice(at: 0, length: breaksAfter) {
            request.body = .stream(BrokenBody(start: start), length: .known(Int64(body.readableBytes)))
        } else {
            request.body = .bytes(body)
        }
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            let answer = try await response.body.collect(upTo: Self.answerLimit)
            return Self.outcome(response, Array(answer.readableBytesView))
        } catch let error as HTTPClientError where error == .cancelled {
            return .cancelled
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            return .timedOut
        } catch is BrokenBody.End {
            return .disconnected(detail: "the connection was broken on purpose")
        } catch is CancellationError {
            return .cancelled
        } catch is NIOTooManyBytesError {
            return .failed(detail: "the answer is longer than \(Self.answerLimit) bytes")
        } catch {
            return .disconnected(detail: Self.words(for: error))
        }
    }

    private static func outcome(_ response: HTTPClientResponse, _ body: [UInt8]) -> IngestOutcome {
        let status = Int(response.status.code)
        switch status {
        case 200..<300: return .answered(body)
        case 429, 503:
            let seconds = response.headers.first(name: "Retry-After").flatMap { Int($0) } ?? 0
            return .refused(
                retryAfter: .seconds(min(max(0, seconds), longestRetryAfter)), detail: detail(body, response.status))
        case 500...: return .failed(detail: "\(status) \(detail(body, response.status))")
        default: return .rejected(status: status, detail: detail(body, response.status))
        }
    }

    /// The service's own word: `detail` or `title` of a problem (RFC 9457), else the start of the text.
    private static func detail(_ body: [UInt8], _ status: HTTPResponseStatus) -> String {
        struct Problem: Decodable {
            var title: String?
            var detail: String?
        }
        if let problem = try? JSONDecoder().decode(Problem.self, from: Data(body)),
            let text = problem.detail ?? problem.title
        {
            return text
        }
        let text = String(decoding: body.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline).first
        return text.map(String.init) ?? status.reasonPhrase
    }

    /// What a broken or missing connection is called.
    private static func words(for error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if error.dnsAError != nil || error.dnsAAAAError != nil { return "no such host: \(error.host)" }
            return error.connectionErrors.first.map { words(for: $0.error) } ?? "no connection"
        case let error as HTTPClientError where error == .connectTimeout: return "no connection in time"
        case let error as HTTPClientError where error == .remoteConnectionClosed: return "the connection was closed"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        default: return "\(error)"
        }
    }
}

/// A body that ends with an error after its first bytes, which breaks the connection.
private struct BrokenBody: AsyncSequence, Sendable {
    struct End: Error {}

    var start: ByteBuffer

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ByteBuffer?

        mutating func next() async throws -> ByteBuffer? {
            guard let part = rest else { throw End() }
            rest = nil
            return part
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: start.readableBytes > 0 ? start : nil) }
}
