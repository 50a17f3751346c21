import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Pipeline
import Service
import Store
import Vision

/// A response in memory.
struct LocalResponse {
    var status: Int
    var headers: HTTPFields
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var contentType: String { headers[.contentType] ?? "" }

    /// The body as a JSON object.
    func object() throws -> [String: JSON] { try JSONDecoder().decode([String: JSON].self, from: Data(body)) }
    func result() throws -> FrameResult { try JSONDecoder().decode(FrameResult.self, from: Data(body)) }
}

/// JSON of any shape.
enum JSON: Decodable, Equatable {
    case string(String)
    case number(Double)
    case bool(Bool)
    case array([JSON])
    case object([String: JSON])
    case null

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSON].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    subscript(key: String) -> JSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    var string: String? { if case .string(let value) = self { value } else { nil } }
    var number: Int? { if case .number(let value) = self { Int(value) } else { nil } }
}

/// Sends requests to a service's responder without a socket.
struct LocalClient {
    let service: FoveaService

    init(
        _ analyzer: any FrameAnalyzing = FakeAnalyzer(), configuration: ServiceConfiguration = .init(),
        store: StoreConfiguration = .init(), jobs: JobsConfiguration = .init()
    ) throws {
        service = try FoveaService(
            analyzer: analyzer, configuration: configuration, store: store, jobs: jobs,
            build: .init(version: "1.2.3", isa: "avx2"),
            logger: .silent)
    }

    func send(
        _ method: HTTPRequest.Method = .get, _ path: String, headers: HTTPFields = [:], body: [UInt8] = [],
        chunk: Int = 1 << 16
    ) async throws -> LocalResponse {
        var headers = headers
        if !body.isEmpty, headers[.contentLength] == nil, headers[.transferEncoding] == nil {
            headers[.contentLength] = "\(body.count)"
        }
        let chunks = stride(from: 0, to: body.count, by: chunk).map { start in
            ByteBuffer(bytes: body[start..<min(body.count, start + chunk)])
        }
        let stream = AsyncStream<ByteBuffer> { continuation in
            for chunk in chunks { continuation.yield(chunk) }
            continuation.finish()
        }
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "localhost", path: path, headerFields: headers),
            body: RequestBody(asyncSequence: stream))
        let response = try await service.responder.respond(to: request, context: ServiceContext(logger: .silent))
        let writer = MemoryWriter()
        try await response.body.write(writer)
        return LocalResponse(status: response.status.code, headers: response.headers, body: writer.bytes)
    }

    func post(_ path: String, headers: HTTPFields = [:], body: [UInt8] = [1, 2, 3]) async throws -> LocalResponse {
        try await send(.post, path, headers: headers, body: body)
    }
}

final class MemoryWriter: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []

    func write(_ buffer: ByteBuffer) async throws { bytes += Array(buffer.readableBytesView) }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

extension HTTPField.Name {
    static func named(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("not a header name") }
        return name
    }
}
